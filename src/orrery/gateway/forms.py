"""Browsers' uploads to S3: multipart/form-data taken apart as it comes, its fields kept, its file handed on.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from orrery.gateway import refusals
from orrery.gateway.body import BodyReader
from orrery.gateway.streaming import StreamedBody
from orrery.wire.codec import codec_for
from orrery.wire.http import Head, Header, Headers
from orrery.wire.model import Operation
from orrery.wire.signing import post_policy
from orrery.wire.signing.integrity import Integrity
from orrery.wire.signing.post_policy import PostPolicy
from orrery.wire.signing.problem import SignatureProblem

LONGEST_FIELDS: Final = 20 << 10
"""Bytes of a form before its file's content: fields, names and boundaries."""

MOST_PARTS: Final = 1_000
"""Parts of a form, those behind its file with them: each costs far more than its bytes."""

PATIENCE: Final = 64 << 20
"""Bytes of a file beyond the largest size allowed that are still counted."""

FILE: Final = "file"
_HEADERS: Final = frozenset(
    {"cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"}
)
_OTHERWISE: Final = MappingProxyType({"acl": "x-amz-acl"})
_FILENAME: Final = "${filename}"
_UNEXPANDED: Final = frozenset({"policy", "signature", "x-amz-signature"})
_SUMS: Final = re.compile("content-md5|x-amz-checksum-.+|x-amz-sdk-checksum-algorithm")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
"""What can be a header's name: a form's may hold anything, line breaks too."""
_ALGORITHM: Final = "x-amz-checksum-algorithm"
_SILENT: Final = logging.Logger("forms", logging.CRITICAL + 1)
"""The parser writes to its log what clients sent wrongly; they are told of it instead."""


def is_form(operation: Operation) -> bool:
    """Whether the operation is asked for by a form, in which everything stands that others have in their head."""
    return operation.name == "PostObject" and operation.model.name == "s3"


class FormReader:
    """Takes a form apart, whatever the pieces it comes in.

    `fields` are those before the file, names in lower case, `${filename}` replaced by the file's name; a field that
    came twice has both values, with a comma between. `begun` tells that the file has begun (and the fields are
    complete); `ended` that the form is over.

    Made of the request's head. Everything raises Fault in S3's words: PreconditionFailed for another Content-Type,
    MalformedPOSTRequest, MaxPostPreDataLengthExceeded, InvalidArgument for no file or several.
    """

    def __init__(self, head: Head) -> None:
        kind, options = parse_options_header(head.headers.get(b"content-type"))
        if kind != b"multipart/form-data":
            raise _refusal("form-type", condition="Bucket POST must be of the enclosure-type multipart/form-data")
        boundary = options.get(b"boundary")
        if not boundary:
            raise _refusal("form-malformed")
        self.fields: dict[str, str] = {}
        self.begun = False
        self.ended = False
        self._before = 0
        self._filename: str | None = None
        self._files = 0
        self._parts = 0
        self._data: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._field: str | None = None
        self._file = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError:
            raise _refusal("form-malformed") from None
        self._parser.logger = _SILENT

    def begin(self, data: bytes) -> None:
        """Take in the next piece of the fields; what it holds of the file is kept for `feed`."""
        room = LONGEST_FIELDS - self._before
        start, rest = data[:room], data[room:]
        self._write(start)
        self._before += len(start)
        if rest and not self.begun:
            raise _refusal("form-fields-long", limit=LONGEST_FIELDS)
        self._write(rest)

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next piece of the body; gives out what has come of the file."""
        self._write(data)
        out, self._data = self._data, []
        return out

    def finish(self) -> None:
        """Say that the body has ended."""
        if not self.ended:
            raise _refusal("form-malformed")
        if not self._files:
            raise _refusal("form-files", argument=FILE, count=0)

    def _write(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except (FormParserError, UnicodeDecodeError):
            raise _refusal("form-malformed") from None

    # The parser's side

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _refusal("form-malformed")
        self._headers = {}
        self._field = None
        self._file = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name")
        if kind != b"form-data" or not name:
            raise _refusal("form-malformed")
        field = name.decode().lower()
        if field != FILE:
            self._field = None if self.begun else field  # S3 ignores fields behind the file
            self._part: list[bytes] = []
            return
        self._files += 1
        if self._files > 1:
            raise _refusal("form-files", argument=FILE, count=self._files)
        self._file = self.begun = True
        filename = options.get(b"filename")
        if filename is not None:
            self._expand(re.split(r"[/\\]", filename.decode())[-1])

    def _expand(self, filename: str) -> None:
        for name, value in self.fields.items():
            if _FILENAME in value and name not in _UNEXPANDED:
                self.fields[name] = value.replace(_FILENAME, filename)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._data.append(data[start:end])
        elif self._field is not None:
            self._part.append(data[start:end])

    def _part_end(self) -> None:
        if self._field is not None:
            value = b"".join(self._part).decode()
            before = self.fields.get(self._field)
            self.fields[self._field] = value if before is None else f"{before},{value}"

    def _end(self) -> None:
        self.ended = True


class FormFile:
    """The file of a form, held against the checksums among its fields and the sizes that its policy allows.

    Like `CheckedBody`. What is too large is counted to its end, to be named in the refusal, but not for long.
    """

    __slots__ = ("_form", "_integrity", "_policy", "_size", "length")

    def __init__(self, form: FormReader, policy: PostPolicy | None) -> None:
        self.length: int | None = None
        self._form = form
        self._policy = policy
        self._size = 0
        try:
            self._integrity = Integrity(_sums(form.fields))
        except SignatureProblem as problem:
            raise refusals.refuse(refusals.S3, problem) from None

    @property
    def algorithm(self) -> str | None:
        """The member of ChecksumAlgorithm that the client chose, None when it chose none."""
        return None if self._integrity.algorithm is None else self._integrity.algorithm.name

    @property
    def digest(self) -> bytes | None:
        """The checksum of the data so far by that algorithm."""
        return self._integrity.digest

    def feed(self, data: bytes) -> list[bytes]:
        """What the next piece of the body holds of the file."""
        pieces = self._form.feed(data)
        self._size += sum(map(len, pieces))
        most = None if self._policy is None else self._policy.largest
        if most is not None and self._size > most:
            if self._size > most + PATIENCE:
                raise _refusal("too-large", size=self._size, limit=most)
            return []
        for piece in pieces:
            self._integrity.update(piece)
        return pieces

    def finish(self) -> None:
        """Say that the body has ended, and compare."""
        self._form.finish()
        try:
            if self._policy is not None:
                post_policy.check_size(self._policy, self._size)
            self._integrity.finish({})
        except SignatureProblem as problem:
            raise refusals.refuse(refusals.S3, problem) from None


class FormBody(StreamedBody):
    """An `IncomingForm` (kernel/bodies.py). Raises the faults of fields that PutObject's own would have as well."""

    __slots__ = ("asked", "fields", "tagging")

    def __init__(self, form: FormReader, file: FormFile, reader: BodyReader, operation: Operation, bucket: str) -> None:
        super().__init__(file)
        self.reader = reader
        self.fields: Mapping[str, str] = MappingProxyType(form.fields)
        labels = {"Bucket": bucket, "Key": form.fields["key"]}
        head = Head("PUT", b"/", _headers(form.fields))
        self.asked = codec_for(operation.model.operation("PutObject"), "rest-xml").parse(head, self, labels)
        self.tagging: Any = None
        if tagging := form.fields.get("tagging"):
            read = codec_for(operation.model.operation("PutObjectTagging"), "rest-xml").parse
            self.tagging = read(Head("PUT", b"/"), tagging.encode(), labels).Tagging


async def read_fields(form: FormReader, reader: BodyReader) -> None:
    """Read a form up to its file. Raises BodyLost, and InvalidArgument for a form that has no file or no key."""
    while not form.begun and (piece := (reader.take() or await reader.read())):
        form.begin(piece)
    if not form.begun:
        form.finish()
    key = form.fields.get("key")
    if not key:
        raise _refusal("field-missing" if key is None else "form-key-empty", argument="key", value="")


def _headers(fields: Mapping[str, str]) -> Headers:
    """The fields that PutObject has in its head, as such."""
    found: list[Header] = []
    for name, value in fields.items():
        header = _OTHERWISE.get(name, name)
        if header in _HEADERS or header.startswith("x-amz-"):
            if not _TOKEN.fullmatch(header) or any(character < " " and character != "\t" for character in value):
                raise _refusal("form-field-malformed", argument=name)
            found.append((header.encode(), value.strip().encode()))
    return Headers(found)


def form_scope(fields: Mapping[str, str]) -> list[str]:
    """The parts of a form's credential, like `credential_scope` of a request; of a Version 2 form the key alone."""
    credential = fields.get("x-amz-credential") or fields.get("awsaccesskeyid")
    return credential.split("/") if credential else []


def believed_policy(fields: Mapping[str, str], bucket: str) -> PostPolicy | None:
    """The policy of a form whose signature nobody asks for; its conditions hold all the same."""
    if "policy" not in fields:
        return None
    try:
        policy = post_policy.decode(fields["policy"])
        post_policy.check_fields(policy, fields, bucket)
    except SignatureProblem as problem:
        raise refusals.refuse(refusals.S3, problem) from None
    return policy


def _sums(fields: Mapping[str, str]) -> Headers:
    """The fields about checksums as if they were a request's."""
    found = [(name, value) for name, value in fields.items() if _SUMS.fullmatch(name) and name != _ALGORITHM]
    return Headers([(name.encode(), value.encode()) for name, value in found])


def _refusal(kind: str, **details: str | int) -> Exception:
    return refusals.refuse(refusals.S3, SignatureProblem(kind, **details))
