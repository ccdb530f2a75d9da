"""What this room does for imports: brings touches and intent, and keeps files moving (accounts/imports). Nothing heavy."""

from accounts.imports.registry import register as register_importer
from signals.loop import register_step


def register() -> None:
    """Called once by the room's AppConfig."""
    register_importer("touches", "signals.imports.TouchImporter")
    register_importer("intent", "signals.imports_intent.IntentImporter")
    register_step("imports", work, 0.5, after_scoring=False)
    register_step("imports.forget", forget, 3600)


def work() -> int:
    """Check or commit one chunk of one file."""
    from accounts.imports.worker import work_step

    return work_step()


def forget() -> int:
    """Delete old files and their rejected rows."""
    from accounts.imports.worker import forget_old

    return forget_old()
