"""What can be wrong with a recording.

    RecordingError              anything below, or any other part of the engine that reads one
        BadRecording            it cannot be made, opened or read: path, problem, what to do
            NewerRecording      a newer version of this program made it

A reader raises nothing else, whatever the file holds.
"""

from pathlib import Path

from outage_engine.errors import RecordingError

__all__ = ["BadRecording", "NewerRecording", "RecordingError"]


class BadRecording(RecordingError):
    """One line for a person: `path: what is wrong; what to do`."""

    def __init__(self, path: Path, problem: str, advice: str) -> None:
        super().__init__(f"{path}: {problem}; {advice}")
        self.path = path
        self.problem = problem
        self.advice = advice


class NewerRecording(BadRecording):
    """The file's format is newer than any this program knows."""
