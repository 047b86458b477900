"""What `dig` says of the regional endpoint, asked in three places.

Route 53 is authoritative (flag aa); a resolver offers recursion (rd, ra) and gives what it keeps.
An empty answer is NOERROR with no ANSWER section: the SOA record stands in AUTHORITY, with the time
for which the empty answer may still be kept (RFC 2308). A response policy zone makes the internal
resolvers give addresses that no zone has. One of each population stands for it: the median of those
that keep an empty answer. *Assumed*: the name of the SOA record's zone; its other fields are left
out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from outage_tui.dashboard.renderables.line import Line

if TYPE_CHECKING:
    from outage_agents.views import DnsView
    from outage_tui.dashboard.renderables.ink import Ink


@attrs.frozen
class Reply:
    """One answer."""

    asked: str
    """Where: `Route 53`, `customer`, `internal`."""
    flags: str
    addresses: tuple[str, ...]
    kept_s: float
    """How long an empty answer may be kept from now on."""
    forced: bool = False
    """By a response policy zone."""


def replies(dns: DnsView) -> tuple[Reply, ...]:
    """What is answered in the three places."""
    return (
        Reply("Route 53", "qr aa rd", dns.answers if dns.answer_count else (), dns.negative_ttl_s),
        _resolver(
            "customer", dns.customers_empty_share, dns.customers_empty_left_s, dns.customers_answers
        ),
        Reply("internal", "qr rd ra", dns.internal_answers, 0.0, forced=True)
        if dns.override
        else _resolver(
            "internal", dns.internal_empty_share, dns.internal_empty_left_s, dns.internal_answers
        ),
    )


def _resolver(asked: str, empty_share: float, left_s: float, addresses: tuple[str, ...]) -> Reply:
    """One resolver for its population: what at least half of them say."""
    empty = empty_share >= 0.5
    return Reply(asked, "qr rd ra", () if empty else addresses, left_s)


def worth_saying(dns: DnsView) -> bool:
    """Whether somebody is given the empty answer, or another one than Route 53's."""
    return dns.state == "empty" or dns.override or dns.customers_empty_share > 0.0


def dig_in_short(dns: DnsView, ink: Ink, width: int) -> list[Line]:
    """A line for each place; a customer's first, for that is what people see."""
    if not worth_saying(dns):
        return []
    route53, customer, internal = replies(dns)
    return [_short(reply, dns, ink, width) for reply in (customer, internal, route53)]


def _short(reply: Reply, dns: DnsView, ink: Ink, width: int) -> Line:
    wide = width > 60
    line = Line("dig @", ink.dim).left(reply.asked, 9, ink.plain)
    line.add("NOERROR ", ink.plain)
    if wide:
        line.add(f"flags {reply.flags}; ", ink.dim)
    if reply.addresses:
        line.add(f"ANSWER {len(reply.addresses)}", ink.good)
        aside = ""
        if reply.forced:
            aside = " forced (RPZ)" if wide else " RPZ"
        elif dns.state == "empty":
            aside = " still kept" if wide else " kept"
        # Why it is given is worth more than which address comes first.
        address = f": {reply.addresses[0]}"
        if line.width + len(address) + len(aside) <= width:
            line.add(address[:2], ink.good).add(address[2:], ink.plain)
        return line.add(aside, ink.caution).cut(width, ink.glyphs.ellipsis)
    line.add("ANSWER 0", ink.bad)
    whole = f" of {dns.negative_ttl_s:.0f} s" if reply.asked != "Route 53" and wide else " s"
    line.add("; AUTHORITY: SOA, kept " if wide else ", kept ", ink.dim)
    line.add(f"{reply.kept_s:.0f}{whole}", ink.plain)
    return line.cut(width, ink.glyphs.ellipsis)


def dig_in_full(dns: DnsView, ink: Ink) -> list[Line]:
    """As on a terminal: header, question, answer, authority, for each of the three places."""
    if not worth_saying(dns):
        return []
    route53, customer, internal = replies(dns)
    lines = _full(customer, dns, ink)
    for reply in (internal, route53):
        lines += [Line(), *_full(reply, dns, ink)]
    return lines


def _full(reply: Reply, dns: DnsView, ink: Ink) -> list[Line]:
    who = "Route 53 itself" if reply.asked == "Route 53" else f"a resolver: {reply.asked}"
    lines = [Line(f"$ dig {dns.endpoint}", ink.strong).add(f"    # {who}", ink.dim)]
    empty = not reply.addresses
    lines.append(Line(";; status: NOERROR", ink.plain))
    lines[-1].add(f", flags: {reply.flags}", ink.plain)
    lines[-1].add(f"; ANSWER: {len(reply.addresses)}", ink.bad if empty else ink.good)
    lines[-1].add(f", AUTHORITY: {1 if empty else 0}", ink.plain)
    if empty:
        zone = dns.endpoint.partition(".")[2]
        lines.append(Line(";; AUTHORITY SECTION:", ink.dim))
        lines.append(Line(f"{zone}.  {reply.kept_s:.0f}  IN  SOA", ink.plain))
        lines[-1].add(f"  ; kept {dns.negative_ttl_s:.0f} s at most", ink.dim)
        return lines
    lines.append(Line(";; ANSWER SECTION:", ink.dim))
    for address in reply.addresses[:2]:
        lines.append(Line(f"{dns.endpoint}.  IN  A  {address}", ink.plain))
    if len(reply.addresses) > 2:
        lines[-1].add(f"  ; and {len(reply.addresses) - 2} more", ink.dim)
    if reply.forced:
        lines.append(Line(";; forced by a response policy zone (RPZ)", ink.caution))
    elif dns.state == "empty":
        lines.append(Line(";; still kept, for seconds", ink.caution))
    return lines
