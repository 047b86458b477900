"""Laws of determinism that the source itself can be read for, in engine/ and agents/.

Each law is a function from a module's syntax tree to the places that break it. Every law is also
tried on a few lines that break it, so that it cannot pass by looking away.
"""

import ast
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((*ROOT.glob("engine/**/*.py"), *ROOT.glob("agents/**/*.py")))

CLOCKS_AND_THREADS = (
    "time", "datetime", "secrets", "uuid", "threading", "multiprocessing", "concurrent", "asyncio",
    "socket", "textual", "rich",
)  # fmt: skip
ELEMENTARY = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "power", "float_power", "sin",
    "cos", "tan", "sinh", "cosh", "tanh", "arctan", "atan", "atan2", "hypot", "cbrt", "gamma",
    "lgamma", "erf", "dot", "matmul", "vdot", "inner", "einsum", "tensordot", "convolve",
)  # fmt: skip
"""Differ with the processor's features, the mathematical library or the order of additions."""
DISTRIBUTIONS = (
    "normal", "standard_normal", "exponential", "standard_exponential", "poisson", "binomial",
    "lognormal", "gamma", "standard_gamma", "beta", "geometric", "pareto", "weibull", "expovariate",
    "lognormvariate", "gauss", "normalvariate", "gammavariate", "betavariate", "paretovariate",
    "weibullvariate", "triangular", "permutation", "shuffle", "urandom",
)  # fmt: skip
REDUCTIONS = ("sum", "mean", "std", "var", "average", "nansum", "nanmean", "prod")
OWN_MEANS = {"milestones.py": ("mean",)}
"""`mean` there is a method of ours that adds one by one."""
MAY_ASK_THE_CLOCK = ("pace.py", "world.py")
"""Pacing only decides when the next event may run, never which."""
MAKES_STREAMS = "random_streams.py"


@functools.cache
def modules() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in MODULES)


def named(node: ast.AST) -> str:
    """`a.b.c` of a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = named(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, named(node.func)


def keywords(call: ast.Call) -> dict[str | None, object]:
    return {k.arg: getattr(k.value, "value", None) for k in call.keywords}


# -- the laws: each yields the nodes that break it ------------------------------------------------


def imports_no_clock_no_thread_no_screen(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        if any(module.split(".")[0] in CLOCKS_AND_THREADS for module in modules):
            yield node


def asks_no_environment(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if named(node) in ("os.environ", "os.getenv", "os.urandom", "os.getpid"):
            yield node


def asks_trio_for_the_time_only_to_pace(tree: ast.Module, file: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        asks = isinstance(node, ast.Attribute) and node.attr in ("current_time", "perf_counter")
        if asks and file not in MAY_ASK_THE_CLOCK:
            yield node


def uses_no_hash_and_no_identity(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    yield from (call for call, name in calls(tree) if name in ("hash", "id", "object.__hash__"))


def iterates_over_no_set(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    sets = set(_names_of_sets(tree))

    def is_set(node: ast.AST) -> bool:
        if isinstance(node, ast.Set | ast.SetComp):
            return True
        if isinstance(node, ast.Call):
            return named(node.func) in ("set", "frozenset")
        if isinstance(node, ast.BinOp):
            return is_set(node.left) or is_set(node.right)
        return named(node) in sets

    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and is_set(node.iter):
            yield node.iter
        elif isinstance(node, ast.Starred) and is_set(node.value):
            yield node
        elif isinstance(node, ast.Call):
            into = named(node.func).rpartition(".")[2]
            orders = into in (
                "list",
                "tuple",
                "iter",
                "next",
                "enumerate",
                "zip",
                "map",
                "fromkeys",
            )
            if orders and any(is_set(given) for given in node.args):
                yield node
            elif into == "pop" and not node.args and isinstance(node.func, ast.Attribute):
                yield from [node] if is_set(node.func.value) else []


def _names_of_sets(tree: ast.Module) -> Iterator[str]:
    """Names that are annotated as sets, or assigned one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            kind = node.annotation
            of = named(kind.value if isinstance(kind, ast.Subscript) else kind)
            if of in ("set", "frozenset", "Set", "AbstractSet"):
                yield node.arg if isinstance(node, ast.arg) else named(node.target)
        elif isinstance(node, ast.Assign):
            made = node.value
            if isinstance(made, ast.Set | ast.SetComp) or (
                isinstance(made, ast.Call) and named(made.func) in ("set", "frozenset")
            ):
                yield from (named(target) for target in node.targets)


def calls_no_elementary_function(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for call, name in calls(tree):
        module, _dot, function = name.rpartition(".")
        if module in ("math", "np", "numpy", "cmath", "np.linalg") and function in ELEMENTARY:
            yield call


def raises_only_whole_numbers_to_powers(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            base = node.left
            if not (isinstance(base, ast.Constant) and type(base.value) is int):
                yield node
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield node


def adds_up_arrays_of_whole_numbers_only(tree: ast.Module, file: str) -> Iterator[ast.AST]:
    """`array.sum()` stands in `int(...)`; other reductions of floats are not used."""
    whole = {
        id(call.args[0]) for call, name in calls(tree) if name == "int" and len(call.args) == 1
    }
    for call, _name in calls(tree):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if function not in REDUCTIONS or function in OWN_MEANS.get(file, ()):
            continue
        if function != "sum" or id(call) not in whole:
            yield call


def sorts_arrays_stably(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for call, name in calls(tree):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if function in ("partition", "argpartition") and name.startswith("np."):
            yield call
        sorts = function == "argsort" or name in ("np.sort", "numpy.sort")
        if sorts and keywords(call).get("kind") != "stable":
            yield call


def draws_uniform_numbers_only(tree: ast.Module, _: str) -> Iterator[ast.AST]:
    for call, _name in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in DISTRIBUTIONS:
            yield call


def has_no_random_numbers_but_the_worlds(tree: ast.Module, file: str) -> Iterator[ast.AST]:
    if file == MAKES_STREAMS:
        return
    for call, name in calls(tree):
        if name.startswith(("np.random.", "numpy.random.")) or name == "random.Random":
            yield call
    imported = any(
        isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names)
        for node in tree.body
    )
    if imported:
        yield from (call for call, name in calls(tree) if name.startswith("random."))


LAWS: dict[Callable[[ast.Module, str], Iterator[ast.AST]], tuple[str, ...]] = {
    imports_no_clock_no_thread_no_screen: (
        "import time",
        "from datetime import datetime",
        "import concurrent.futures",
    ),
    asks_no_environment: ("import os\nos.environ['A']", "import os\nos.urandom(8)"),
    asks_trio_for_the_time_only_to_pace: ("import trio\ntrio.current_time()",),
    uses_no_hash_and_no_identity: ("hash('a')", "sorted(x, key=lambda y: id(y))"),
    iterates_over_no_set: (
        "for x in {1, 2}: pass",
        "names = set()\nfor name in names: pass",
        "class A:\n  def f(self):\n    self._a: set[str] = set()\n    return list(self._a)",
        "[x for x in frozenset(y)]",
        "def f(a: set[int]): return (*a,)",
        "a = {1}\na.pop()",
        "for x in set(a) - set(b): pass",
    ),
    calls_no_elementary_function: ("import math\nmath.exp(1.0)", "np.log(x)", "np.dot(a, b)"),
    raises_only_whole_numbers_to_powers: ("x ** 0.5", "a @ b", "1.5 ** 2"),
    adds_up_arrays_of_whole_numbers_only: ("x.sum()", "np.mean(x)", "float(x.sum())"),
    sorts_arrays_stably: ("np.argsort(x)", "x.argsort()", "np.sort(x, kind='quicksort')"),
    draws_uniform_numbers_only: ("rng.poisson(3)", "stream.gauss(0, 1)", "rng.shuffle(x)"),
    has_no_random_numbers_but_the_worlds: (
        "import random\nrandom.random()",
        "np.random.default_rng(1)",
        "import random\nr = random.Random(3)",
    ),
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_no_module_of_engine_and_agents_breaks_this_law(
    law: Callable[[ast.Module, str], Iterator[ast.AST]],
) -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
        for path, tree in modules()
        for node in law(tree, path.name)
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("law", "offence"),
    [(law, offence) for law, offences in LAWS.items() for offence in offences],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_this_law_finds_what_breaks_it(
    law: Callable[[ast.Module, str], Iterator[ast.AST]], offence: str
) -> None:
    assert list(law(ast.parse(offence), "planted.py"))


def test_there_is_something_to_read() -> None:
    assert len(MODULES) > 60
