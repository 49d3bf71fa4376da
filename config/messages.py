"""Compile translations with polib, so that no gettext program is needed."""

from config.state import ROOT


def compile_stale() -> int:
    """Make each .mo that is missing or older than its .po; gives how many were made."""
    import polib

    made = 0
    for source in sorted(ROOT.glob("locale/*/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        part = target.with_suffix(".part")
        polib.pofile(str(source)).save_as_mofile(str(part))
        part.rename(target)
        made += 1
    return made


if __name__ == "__main__":
    print(compile_stale(), "catalogues compiled")
