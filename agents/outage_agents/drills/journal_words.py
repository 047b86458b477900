"""An entry of the journal in words, for those who read along."""

from outage_agents.drills import journal as said
from outage_agents.drills.journal import Command, Entry


def words_of(entry: Entry) -> str:
    """What was commanded or said, in one line."""
    return entry.text if entry.command is None else words_of_command(entry.command)


def words_of_command(command: Command) -> str:
    """A command in words: `post to status: we know; next in 20 min`."""
    return (_of_team(command) or _of_talk(command) or _of_steering(command)).strip()


def _of_team(command: Command) -> str:
    match command:
        case said.Declare():
            return f"declares an incident, severity {command.severity}"
        case said.Decide():
            return _joined(f"decides: {command.what}", command.why and f"because {command.why}")
        case said.Hypothesis():
            return f"hypothesis, {command.state}: {command.text}"
        case said.Task():
            return f"gives {command.to}: {command.action or command.text}{_args(command.args)}"
        case said.Begin():
            return f"begins {command.action}{_args(command.args)}"
        case said.CallOff():
            return f"calls off {command.name}"
        case said.Approve():
            return f"approves {command.n}"
        case said.Acknowledge():
            return f"takes the page {command.alert}"
        case said.Verify():
            return _joined(f"has looked at {command.action}", command.result)
        case said.AllClear():
            return _joined("gives the all-clear", command.text)
        case said.HandOver():
            return _joined(f"hands over to {command.to}", command.text)
        case _:
            return ""


def _of_talk(command: Command) -> str:
    match command:
        case said.Ask():
            return f"asks {command.to} about {command.about}"
        case said.Post():
            claims = "; ".join(command.claims) or "nothing new"
            return f"tells customers ({command.channel}): {claims}; next in " + (
                f"{command.next_update_min} min"
            )
        case said.AskHint():
            return "takes a hint"
        case said.AnswerProbe():
            return f"answers {command.probe}: {command.value:g}"
        case said.Wait():
            until = f"until {command.until}" if command.until else f"{command.minutes:g} min"
            return f"waits {until}"
        case said.Note():
            return f"notes: {command.text}"
        case said.Rank():
            return _joined(f"ranks: {', '.join(command.options)}", command.why)
        case said.Mark():
            rating = f" {command.rating}" if command.rating else ""
            return _joined(f"marks {command.about}{rating}", command.text)
        case _:
            return ""


def _of_steering(command: Command) -> str:
    match command:
        case said.FireInject():
            return f"fires inject {command.n}"
        case said.SkipInject():
            return f"leaves out inject {command.n}"
        case said.EditInject():
            return f"changes inject {command.n}: {command.text}"
        case said.PutOffInject():
            return f"puts inject {command.n} off by {command.minutes:g} min"
        case said.Break():
            return f"breaks {command.fault}"
        case said.Mend():
            return f"mends {command.fault}"
        case said.Override():
            told = f"{command.value:g}" if command.how == "value" else command.how
            return f"sensor {command.sensor}: {told}"
        case said.Stop():
            return _joined("ends the drill", command.why)
        case said.Staff():
            return f"people play: {', '.join(command.seats) or 'nobody'}"
        case _:
            return said.kind_of(command)


def _joined(first: str, second: str) -> str:
    return f"{first}: {second}" if second else first


def _args(args: dict[str, float | str]) -> str:
    listed = ", ".join(f"{name} {value}" for name, value in args.items())
    return f" ({listed})" if listed else ""
