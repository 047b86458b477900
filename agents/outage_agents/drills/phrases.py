"""Phrases: how the people on the call say things, by temper.

Each list has several ways to say the same, so that a call of an hour does not repeat itself. Braces
are filled with titles, names and the asker's own words, never with an id.
"""

from collections.abc import Mapping
from typing import Final

Phrases = Mapping[str, tuple[str, ...]]

UNKNOWN: Final[Phrases] = {
    "calm": (
        "I know nothing about {about}.",
        "I cannot tell you anything about {about}, sorry.",
        "{about}: that is not mine. Who else could know?",
        "I would have to look that up, and I would be guessing.",
    ),
    "eager": (
        "No idea about {about} yet, but I can dig!",
        "{about}? Nothing so far. Give me something to look at.",
        "I have not seen anything about {about}. Should I?",
    ),
    "gruff": (
        "Not my system. Ask whoever owns {about}.",
        "{about}? How should I know.",
        "No. And I was asleep until a moment ago.",
    ),
}
"""Asked about something it does not know."""
KNOWN: Final[Phrases] = {
    "calm": ("{text}.", "What I know: {text}.", "As far as I can see, {text}."),
    "eager": ("Yes! {text}.", "{text}, I just looked.", "Got it: {text}."),
    "gruff": ("{text}.", "It is in the manual: {text}.", "{text}. As always."),
}
"""It knows."""
NO_THEORY: Final[Phrases] = {
    "calm": (
        "I have no explanation that I would stand for.",
        "Too early for me to say what causes this.",
    ),
    "eager": ("Could be so many things! I have no favourite yet.", "Nothing yet, I am looking."),
    "gruff": (
        "If I knew, I would have said so.",
        "Somebody changed something, as always.",
    ),
}
"""Asked for the cause, it holds nothing for it."""
THEORY: Final[Phrases] = {
    "calm": ("If you ask me: {text}.", "I would say {text}, but I have not proved it."),
    "eager": ("I am quite sure: {text}!", "It must be this: {text}."),
    "gruff": ("As I keep saying: {text}.", "{text}. Nobody listens."),
}
"""Asked for the cause, it has an opinion."""
READS: Final[Phrases] = {
    "calm": (
        "{title}: {value}, read {age} ago.",
        "On my screen {title} stands at {value}; that reading is {age} old.",
    ),
    "eager": ("{title} is at {value}! Read {age} ago.", "{value}: {title}, {age} ago."),
    "gruff": ("{title}: {value}. {age} old, like everything here.", "{value}. Read {age} ago."),
}
"""Asked about something that a panel shows."""
READS_NOTHING: Final[Phrases] = {
    "calm": ("{title}: my panel shows nothing.", "I see no reading of {title}."),
    "eager": ("{title} shows nothing at all!", "Odd: no reading of {title}."),
    "gruff": ("{title}: blank. The panel is broken again.", "Nothing. The screen is empty."),
}
ACCEPTS: Final[Phrases] = {
    "calm": (
        "I am on it: {title}. About {minutes} minutes.",
        "Taken. {title}; allow {minutes} minutes.",
        "Will do. You hear from me in {minutes} minutes or so.",
    ),
    "eager": (
        "On it! {title}, {minutes} minutes at most.",
        "Starting now: {title}.",
        "Yes! {minutes} minutes, maybe less.",
    ),
    "gruff": (
        "Fine. {title}. It takes {minutes} minutes, not two.",
        "If you say so. {minutes} minutes.",
        "{title}. You will hear when it is done.",
    ),
}
"""Given an action."""
HALFWAY: Final[Phrases] = {
    "calm": (
        "{title}: about half way, nothing unusual.",
        "Still at it: {title}. It goes as planned.",
        "Half of it is behind us: {title}.",
    ),
    "eager": ("{title}: half way there!", "Going well: {title}.", "Nearly! {title}, a bit more."),
    "gruff": (
        "{title}: not done yet.",
        "Half. Do not ask again.",
        "{title}: half.",
    ),
}
TAKES_LONGER: Final[Phrases] = {
    "calm": ("{title} takes longer than I said.", "Not finished: {title}. I need more time."),
    "eager": ("Almost! {title} drags on a little.", "{title}: it should be done any moment."),
    "gruff": ("{title}: takes as long as it takes.", "Not done. I told you."),
}
AT_WORK: Final[Phrases] = {
    "calm": ("I am at this: {title}, since {minutes} minutes.",),
    "eager": ("Busy with this: {title}! {minutes} minutes in.",),
    "gruff": ("What you gave me: {title}. {minutes} minutes by now.",),
}
"""Asked how far it is."""
AT_NOTHING: Final[Phrases] = {
    "calm": ("I have nothing to do at the moment.", "My hands are free."),
    "eager": ("Free! What can I do?", "Nothing right now. Give me something!"),
    "gruff": ("Waiting for somebody to decide.", "Nothing. I could be asleep."),
}
DOUBTS_ORDER: Final[Phrases] = {
    "calm": (
        "Before that, should we not do this: {first}? Give it to me again and I begin.",
        "I would rather see this done first: {first}. Tell me once more if you want it now.",
    ),
    "eager": ("Wait: does this not come first: {first}? Say it again and I go!",),
    "gruff": (
        "No. First this: {first}. Say it twice if you really mean it.",
        "Without this it will come to nothing: {first}. Once more, and it is on you.",
    ),
}
"""Given an action that visibly lacks one before it."""
DOUBTS_TWICE: Final[Phrases] = {
    "calm": ("Somebody is at that already: {title}. Twice? Then tell me again.",),
    "eager": ("Is that not being done right now: {title}? Again to be sure!",),
    "gruff": ("{title} is under way. Read the log. Or say it again.",),
}
MEANS_ACTION: Final[Phrases] = {
    "calm": ("Do you mean this: {title}? Then give it to me as an action.",),
    "eager": ("You mean {title}? Order it and I start!",),
    "gruff": ("If that means {title}, give the order properly.",),
}
"""Given words that sound like an action."""
LOOKS: Final[Phrases] = {
    "calm": ("I will see what I can find out.", "Noted, I look into it."),
    "eager": ("Looking into it!", "On it, back in a moment."),
    "gruff": ("If I find the time.", "I will look. No promises."),
}
FOUND_NOTHING: Final[Phrases] = {
    "calm": ("I looked, and have nothing that helps.", "Nothing that you do not see yourselves."),
    "eager": ("Dug through it, nothing!", "No luck so far."),
    "gruff": ("Nothing. As expected.", "I looked. Nothing."),
}
CALLED: Final[Phrases] = {
    "calm": ("I was called for this: {text}. Who has it?", "I am here because of: {text}."),
    "eager": ("I am here! {text}: is somebody on it?",),
    "gruff": ("Why was I called? {text}: does nobody take pages any more?",),
}
"""Called because nobody took a page."""
NAGS: Final[Phrases] = {
    "calm": (
        "what is going on, and when do we hear more?",
        "could I have two sentences for the people above me?",
        "what do we tell those who ask?",
    ),
    "eager": (
        "what is going on, and when do we hear more?",
        "is it over? What do I tell everybody?",
        "customers ask me every minute. When is it fixed?",
    ),
    "gruff": (
        "what is going on, and when do we hear more?",
        "nobody tells me anything. How bad is it?",
        "I want a time and a name. Who has this?",
    ),
}
TIRED: Final = (
    "It has been a long night. I get slower.",
    "I read the same line three times. Somebody should take over soon.",
    "Sorry, what did you ask? It is late.",
)
TAKES_OVER: Final = (
    "I take over from {name}. What do I have to know?",
    "{name} is going home, I am in. Bring me up to date, please.",
    "Good morning, {name} has left. Who tells me where we are?",
)
PROPOSES: Final = (
    "Shall I do this: {title}? It takes about {minutes} minutes.",
    "I could do this while we think: {title}.",
    "My proposal: {title}. Say the word.",
)
WANTS_TO_POST: Final = (
    "Nothing has been said to customers. Give me a sentence, or I write one myself.",
    "Our next update is due. What may I say?",
    "Customers wait for what we promised. I need something to post.",
)
HOLDING: Final = (
    "we see a problem and look into it",
    "we are working on it and have nothing new to tell",
    "the work goes on; services may still be affected",
)
"""What goes out when nobody says anything."""
STATUS_WANTED: Final = (
    "where are we?",
    "what do you see, and what do you propose?",
    "two sentences, please: what is broken, what is being done?",
)
