"""The rules of checksums in multipart uploads: which type goes with which algorithm, and how parts make a whole.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from orrery.services.s3.receiving import DEFAULT_ALGORITHM
from orrery.services.s3.records import COMPOSITE, FULL_OBJECT, Checksum, Part, Upload
from orrery.wire.fault import Fault
from orrery.wire.signing.checksums import ALGORITHMS, composite, read, write


def choose(algorithm: str | None, kind: str | None) -> tuple[str, str, bool]:
    """Algorithm and type of an upload's checksums, and whether the client chose them.

    Raises InvalidRequest for a type that the algorithm does not have.
    """
    if algorithm is None:
        if kind is not None:
            text = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            raise Fault("InvalidRequest", text)
        return DEFAULT_ALGORITHM, FULL_OBJECT, False
    if kind is None:
        kind = FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE
    possible = algorithm != "CRC64NVME" if kind == COMPOSITE else ALGORITHMS[algorithm].combine is not None
    if not possible:
        text = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise Fault("InvalidRequest", text)
    return algorithm, kind, True


def check_sent(upload: Upload, algorithm: str | None) -> None:
    """Whether a part may come with a checksum of `algorithm` (None: with none). Raises InvalidRequest.

    An upload whose client chose nothing takes any. Full-object checksums do not need the parts' from the client.
    """
    if not upload.explicit or algorithm == upload.algorithm:
        return
    if algorithm is not None or upload.checksum_type == COMPOSITE:
        raise _mismatch(upload, algorithm)


def check_listed(upload: Upload, part: Part, given: dict[str, str]) -> bool:
    """Whether what a completion says of a part's checksums, by algorithm, is so.

    Raises InvalidRequest where it says nothing and must.
    """
    if not given:
        if upload.explicit and upload.checksum_type == COMPOSITE:
            name = upload.algorithm.lower()
            text = (
                f"The upload was created using a {name} checksum. The complete request must include the checksum for "
                f"each part. It was missing for part {part.number} in the request."
            )
            raise Fault("InvalidRequest", text)
        return True
    if not upload.explicit or part.checksum is None:
        return False
    return given == {upload.algorithm: part.checksum.value}


def check_promised(upload: Upload, req: Any) -> tuple[str, str] | None:
    """What a completion says of the whole object's checksum: algorithm and value.

    Raises InvalidRequest for another type or algorithm than the upload was created with, and for several values.
    """
    if req.ChecksumType is not None and not (upload.explicit and req.ChecksumType == upload.checksum_type):
        mode = upload.checksum_type if upload.explicit else "null"
        text = (
            f"The upload was created using the {mode} checksum mode. "
            "The complete request must use the same checksum mode."
        )
        raise Fault("InvalidRequest", text)
    given = checksums_in(req)
    if not given:
        return None
    if len(given) > 1:
        text = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        raise Fault("InvalidRequest", text)
    algorithm, value = next(iter(given.items()))
    if algorithm != upload.algorithm:
        raise _mismatch(upload, algorithm)
    if read(ALGORITHMS[algorithm], value.partition("-")[0]) is None:
        raise Fault("InvalidRequest", f"Value for {ALGORITHMS[algorithm].header} header is invalid.")
    return algorithm, value


def check_kept(promised: tuple[str, str] | None, whole: Checksum) -> None:
    """Raises BadDigest when the object's checksum is not the one that was promised; the number of parts may be left
    out of it."""
    if promised is not None and promised[1] not in (whole.value, whole.value.partition("-")[0]):
        text = f"The {promised[0].lower()} you specified did not match the calculated checksum."
        raise Fault("BadDigest", text)


def whole_of(upload: Upload, parts: Sequence[Part]) -> Checksum:
    """The checksum of the object that the parts make, from theirs."""
    algorithm = ALGORITHMS[upload.algorithm]
    sums = [_digest(part) for part in parts]
    if upload.checksum_type == COMPOSITE:
        return Checksum(upload.algorithm, composite(algorithm, sums), COMPOSITE)
    joined = sums[0]
    for part, each in zip(parts[1:], sums[1:], strict=True):
        joined = algorithm.join(joined, each, part.size)
    return Checksum(upload.algorithm, write(joined), FULL_OBJECT)


_MEMBERS: Final = {
    "ChecksumCRC32": "CRC32",
    "ChecksumCRC32C": "CRC32C",
    "ChecksumCRC64NVME": "CRC64NVME",
    "ChecksumMD5": "MD5",
    "ChecksumSHA1": "SHA1",
    "ChecksumSHA256": "SHA256",
    "ChecksumSHA512": "SHA512",
    "ChecksumXXHASH64": "XXHASH64",
    "ChecksumXXHASH3": "XXHASH3",
    "ChecksumXXHASH128": "XXHASH128",
}


def checksums_in(members: Any) -> dict[str, str]:
    """The checksums among the members of a request or a structure in it, by algorithm."""
    return {name: value for member, name in _MEMBERS.items() if (value := getattr(members, member)) is not None}


def _digest(part: Part) -> bytes:
    assert part.checksum is not None
    digest = read(ALGORITHMS[part.checksum.algorithm], part.checksum.value)
    assert digest is not None
    return digest


def _mismatch(upload: Upload, actual: str | None) -> Fault:
    expected = upload.algorithm.lower() if upload.explicit else "null"
    text = (
        f"Checksum Type mismatch occurred, expected checksum Type: {expected}, "
        f"actual checksum Type: {'null' if actual is None else actual.lower()}"
    )
    return Fault("InvalidRequest", text)
