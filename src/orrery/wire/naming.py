"""How AWS's names become Python's: the rule that boto3 uses for its methods (`CreateQueue` → `create_queue`)."""

import re

_PLURAL_ACRONYM = re.compile("[A-Z]{2,}s$")
_FIRST_CAP = re.compile("(.)([A-Z][a-z]+)")
_END_CAP = re.compile("([a-z0-9])([A-Z])")
_BRANDED = re.compile(
    "iSCSIVolume|ListHITsForQualificationType$|ExecutePartiQL|OAuth2Token(WithIAM)?$|WhatsApp|OTelEnrichment"
)
"""Operations in which boto3 keeps a brand name in one piece."""
_BRAND = re.compile("iSCSI|HITs|PartiQL|OAuth2|WhatsApp|OTel")


def snake(name: str) -> str:
    """The boto3 method name of an operation: `ListWebACLs` → `list_web_acls`."""
    if _BRANDED.search(name):
        name = _BRAND.sub(lambda found: f"_{found.group().capitalize()}_", name)
        return "_".join(snake(piece) for piece in name.split("_") if piece)
    if "_" in name:
        return name
    plural = _PLURAL_ACRONYM.search(name)
    if plural:
        name = f"{name[: plural.start()]}_{plural.group().lower()}"
    return _END_CAP.sub(r"\1_\2", _FIRST_CAP.sub(r"\1_\2", name)).lower()
