"""An independent reader of cpm's package formats, written from docs/formats.md alone.

    python3 reader.py ARCHIVE.cpm ENVELOPE.dsse [--owners FILE] [--index FILE]

Prints one JSON object about the package and exits 0, or prints {"refused": reason} and exits 1. It needs Python 3 and
only its standard library; it implements BLAKE3 and Ed25519 itself. "§" is a section of docs/formats.md; "Guess:" marks
what that page leaves open.

Limit: unicodedata may have another version of Unicode than the 15.1.0 of §3. An older one refuses newer code points; a
newer one admits code points that 15.1.0 lacks.
"""

import argparse
import base64
import binascii
import datetime
import functools
import hashlib
import json
import os
import re
import struct
import sys
import unicodedata
import zlib


class Refused(Exception):
    """The input does not follow the page. The message says where."""


def need(condition, reason):
    if not condition:
        raise Refused(reason)


# ---- BLAKE3 (§1): many equal inputs at once, each 32-bit word in a 64-bit slot ("lane") of a long integer ------------

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
LANES = 512


def compress(cv, m, counter, length, flags, ones):
    """Compresses one block in every lane with BLAKE3. Returns the eight words of the new chaining value."""
    mask = 0xFFFFFFFF * ones
    v = cv + [word * ones for word in IV[:4]] + [counter, 0, length * ones, flags * ones]
    for turn in range(7):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            va = va + vb + m[2 * i] & mask
            vd ^= va
            vd = (vd >> 16 | vd << 16) & mask
            vc = vc + vd & mask
            vb ^= vc
            vb = (vb >> 12 | vb << 20) & mask
            va = va + vb + m[2 * i + 1] & mask
            vd ^= va
            vd = (vd >> 8 | vd << 24) & mask
            vc = vc + vd & mask
            vb ^= vc
            vb = (vb >> 7 | vb << 25) & mask
            v[a], v[b], v[c], v[d] = va, vb, vc, vd
        m = [m[k] for k in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]


def chain(data, blocks, flags=0, first=0, last_length=64):
    """Returns the chaining values of consecutive inputs of `blocks` blocks each, one after another."""
    n = len(data) // (64 * blocks)
    words = struct.unpack("<%dI" % (16 * blocks * n), data)
    pack = struct.Struct("<%dQ" % n).pack
    ones = int.from_bytes(pack(*[1] * n), "little")
    counter = 0 if flags & PARENT else int.from_bytes(pack(*range(first, first + n)), "little")
    cv = [word * ones for word in IV]
    for b in range(blocks):
        m = [int.from_bytes(pack(*words[16 * b + k::16 * blocks]), "little") for k in range(16)]
        last = b == blocks - 1
        here = flags & PARENT
        if not here:
            here = (CHUNK_START if b == 0 else 0) | (CHUNK_END if last else 0)
        cv = compress(cv, m, counter, last_length if last else 64, here | (flags & ROOT if last else 0), ones)
    columns = [struct.unpack("<%dQ" % n, word.to_bytes(8 * n, "little")) for word in cv]
    return struct.pack("<%dI" % (8 * n), *[word for row in zip(*columns) for word in row])


def blake3(data):
    """Computes BLAKE3 in its default mode, 32 bytes."""
    data = memoryview(data)
    size = len(data)

    def tail(part, first, flags=0):
        blocks = max(1, -(-len(part) // 64))
        return chain(bytes(part) + bytes(64 * blocks - len(part)), blocks, flags, first, len(part) - 64 * (blocks - 1))

    if size <= 1024:
        return tail(data, 0, ROOT)
    full = size // 1024
    nodes = b"".join(chain(data[1024 * i:1024 * min(i + LANES, full)], 16, 0, i) for i in range(0, full, LANES))
    if size % 1024:
        nodes += tail(data[1024 * full:], full)
    while len(nodes) > 64:  # join pairs; an odd last node moves up unchanged
        even = len(nodes) // 64 * 64
        nodes = b"".join(chain(nodes[i:min(i + 64 * LANES, even)], 1, PARENT)
                         for i in range(0, even, 64 * LANES)) + nodes[even:]
    return chain(nodes, 1, PARENT | ROOT)


def blake3_digest(data):
    """Writes a digest as in §1."""
    return "blake3:" + blake3(data).hex()


# ---- Ed25519 (§9): points in extended coordinates (X, Y, Z, T) -------------------------------------------------------

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(k, p):
    result = NEUTRAL
    while k:
        if k & 1:
            result = add(result, p)
        p = add(p, p)
        k >>= 1
    return result


def is_neutral(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def encode_point(p):
    inverse = pow(p[2], -1, P)
    return (p[1] * inverse % P | (p[0] * inverse % P & 1) << 255).to_bytes(32, "little")


def decode_point(data):
    """Returns the point of a canonical encoding, or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
admitted = {}


def public_key(keyid):
    """Returns the point of a key id (§1) that §9 admits: canonical, of prime order, not the neutral element."""
    need(isinstance(keyid, str) and re.fullmatch("[0-9a-f]{64}", keyid), "§1: not a key id: %r" % (keyid,))
    if keyid not in admitted:
        point = decode_point(bytes.fromhex(keyid))
        need(point and not is_neutral(point) and is_neutral(times(L, point)), "§9: key not admitted: " + keyid)
        admitted[keyid] = point
    return admitted[keyid]


def verify(keyid, signature, kind, message, what):
    """Does the cofactorless check of §9 over the pre-authentication encoding of §8."""
    a = public_key(keyid)
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(message), message)
    need(len(signature) == 64, what + ": signature does not have 64 bytes")
    s = int.from_bytes(signature[32:], "little")
    need(s < L, what + ": S of the signature is not below L")
    k = int.from_bytes(hashlib.sha512(signature[:32] + bytes.fromhex(keyid) + encoded).digest(), "little") % L
    minus_a = (P - a[0], a[1], a[2], P - a[3])
    need(encode_point(add(times(s, BASE), times(k, minus_a))) == signature[:32], what + ": invalid signature")


# ---- Canonical JSON (§2), names and versions (§1) --------------------------------------------------------------------

ESCAPES = {chr(c): "\\u%04x" % c for c in range(32)}
ESCAPES.update({'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def write_json(value, depth=0):
    """Writes a value in canonical form. Guess: depth counts nested arrays and objects, including empty ones."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        need(abs(value) < 2 ** 53, "§2: integer out of range")
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(ESCAPES.get(c, c) for c in value) + '"'
    need(depth < 32, "§2: nested more than 32 levels deep")
    if isinstance(value, list):
        return "[" + ",".join(write_json(item, depth + 1) for item in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(write_json(key) + ":" + write_json(value[key], depth + 1) for key in keys) + "}"


def no_number(text):
    raise Refused("§2: not an integer: " + text[:40])


def read_json(data, what):
    try:
        value = json.loads(data.decode("utf-8"), parse_float=no_number, parse_constant=no_number)
        same = write_json(value).encode("utf-8") == data
    except (ValueError, RecursionError) as error:
        raise Refused("%s: not canonical JSON: %s" % (what, error))
    need(same, what + ": not canonical JSON: different bytes when written again")
    return value


def field(value, name, kind, what):
    """Returns a required field of a JSON object, which must have exactly this type."""
    need(type(value) is dict and name in value, "%s: no field %s" % (what, name))
    need(type(value[name]) is kind, "%s: field %s has the wrong type" % (what, name))
    return value[name]


def read_base64(text, what):
    """Decodes canonical base64: RFC 4648 with padding (§8)."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(what + ": not base64")
    need(base64.b64encode(data).decode() == text, what + ": base64 is not canonical")
    return data


def lines_of(data):
    """Returns the terminated lines of a file of records (§10, §11). An unterminated last one is still being written."""
    return data.split(b"\n")[:-1]


NAME = r"(?:@[a-z0-9][a-z0-9-]*/)?[a-z0-9][a-z0-9-]*"
NUMBER = "(?:0|[1-9][0-9]*)"
IDENTIFIER = "(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
VERSION = r"%s\.%s\.%s(?:-%s(?:\.%s)*)?" % (NUMBER, NUMBER, NUMBER, IDENTIFIER, IDENTIFIER)


def is_name(name):
    return len(name) <= 100 and re.fullmatch(NAME, name) is not None


def is_version(version):
    return len(version) <= 128 and re.fullmatch(VERSION, version) is not None


# ---- File names (§3) -------------------------------------------------------------------------------------------------

DEVICE = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]")
# Default_Ignorable_Code_Point, which unicodedata lacks
IGNORABLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
                       "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
                       "\U000e0000-\U000e0fff]")


@functools.lru_cache(None)
def is_allowed(c):
    """Checks rules 3 and 4 for one code point. Private use (Co) counts as assigned."""
    return (c not in '\\:<>|?*"' and unicodedata.category(c) not in ("Cn", "Cc", "Cf", "Cs", "Zl", "Zp")
            and not IGNORABLE.match(c))


def check_path(path):
    """Checks the five rules for one path. Guess: "space" is only U+0020."""
    where = "§3: path %r: " % path
    need(len(path.encode()) <= 1024, where + "more than 1,024 bytes")
    for segment in path.split("/"):
        need(1 <= len(segment.encode()) <= 255, where + "a segment without 1 to 255 bytes")
        need(segment not in (".", "..") and segment[-1] not in ". ", where + "a segment is or ends with a dot or space")
        need(not DEVICE.fullmatch(segment.split(".")[0].rstrip(" ").lower()), where + "a Windows device name")
    for c in path:
        need(is_allowed(c), where + "U+%04X not allowed (Unicode %s here)" % (ord(c), unicodedata.unidata_version))
    need(unicodedata.is_normalized("NFC", path), where + "not NFC")


def check_together(paths):
    """Checks the rules between a package's paths. A path and a folder may not fold to the same either."""
    folders = set()
    for path in paths:
        parts = path.split("/")
        folders.update("/".join(parts[:i]) for i in range(1, len(parts)))
    need(len(folders) <= MAX_FOLDERS, "§5: too many folders")
    need(sum(len(path.encode()) for path in folders.union(paths)) <= MAX_PATH_BYTES, "§5: too many bytes of paths")
    need(len(set(paths)) == len(paths), "§3: a path occurs twice")
    for path in paths:
        need(path not in folders, "§3: a path is also a folder: %r" % path)
    folded = {}
    for path in folders.union(paths):
        fold = unicodedata.normalize("NFC", path.lower().upper().lower())
        need(fold not in folded, "§3: equal after folding: %r and %r" % (path, folded.get(fold)))
        folded[fold] = path


# ---- Archive (§5), canonical tar (§4), file table (§6), chunks (§7) --------------------------------------------------

MIB = 1024 * 1024
MAX_PACKED, MAX_UNPACKED, MAX_FILES = 512 * MIB, 4096 * MIB, 200_000
MAX_FOLDERS, MAX_PATH_BYTES = 100_000, 16 * MIB


def gunzip(data):
    """Returns the contents of data, which must be a single gzip member (§5)."""
    need(len(data) >= 18 and data[:2] == b"\x1f\x8b", "§5: not a gzip file")
    need(data[2] == 8, "§5: gzip method is not 8")
    need(data[3] == 0, "§5: gzip flags are not 0")
    limit = min(MAX_UNPACKED, MIB + 200 * len(data))
    inflate = zlib.decompressobj(-15)
    try:
        contents = inflate.decompress(memoryview(data)[10:], limit + 1)
    except zlib.error as error:
        raise Refused("§5: deflate: %s" % error)
    need(len(contents) <= limit, "§5: unpacked size over the limit")
    need(inflate.eof, "§5: gzip data is truncated")
    end = inflate.unused_data
    need(len(end) >= 8, "§5: gzip end is truncated")
    need(len(end) == 8, "§5: bytes after the gzip member")
    need(struct.unpack("<II", end) == (zlib.crc32(contents), len(contents) & 0xFFFFFFFF), "§5: wrong CRC-32 or length")
    return contents


def header(path, mode, size, kind):
    """Writes a header block (§4)."""
    block = struct.pack("100s8s8s8s12s12s8s1s100s8s64s8s8s167s", path, mode, b"0000000", b"0000000", b"%011o" % size,
                        b"0" * 11, b" " * 8, kind, b"", b"ustar\x0000", b"", b"0000000", b"0000000", b"")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def filled(data):
    return data + bytes(-len(data) % 512)


def path_record(path):
    """Writes `<length> path=<path>\\n`, with the smaller of two lengths that fit (989-byte path: 999, 1000)."""
    rest = b" path=" + path + b"\n"
    digits = 1
    while len(str(len(rest) + digits)) != digits:
        digits += 1
    return b"%d" % (len(rest) + digits) + rest


def head_of_entry(path, mode, size):
    """Writes what precedes a file's contents in the canonical tar (§4)."""
    if len(path) < 100:
        return header(path, mode, size, b"0")
    record = path_record(path)
    short = path[:99].decode("utf-8", "ignore").encode()
    return header(b"PaxHeader", b"0000644", len(record), b"x") + filled(record) + header(short, mode, size, b"0")


def read_tar(tar):
    """Returns the files (path, mode, contents) of a canonical tar. Encodes everything again and compares it (§4)."""
    files, at, before = [], 0, b""
    view = memoryview(tar)

    def octal_size(block):
        need(re.fullmatch(rb"[0-7]{11}\0", block[124:136]), "§4: a size is not eleven octal digits")
        return int(block[124:135], 8)

    while tar[at:at + 512] != bytes(512):
        start, block = at, tar[at:at + 512]
        need(len(block) == 512, "§4: the tar is truncated")
        path = block[:100].split(b"\0")[0]
        if block[156:157] == b"x":
            size = octal_size(block)
            record = tar[at + 512:at + 512 + min(size, 2048)]
            match = re.fullmatch(rb"[0-9]+ path=(.*)\n", record, re.DOTALL)
            need(match, "§4: an extended header that is not a single path record")
            path = match.group(1)
            at += 512 + len(filled(record))
            block = tar[at:at + 512]
            need(len(block) == 512, "§4: the tar is truncated")
        mode, size = block[100:107], octal_size(block)
        need(mode in (b"0000644", b"0000755"), "§4: a mode that is neither 644 nor 755")
        try:
            name = path.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("§4: a path is not UTF-8")
        check_path(name)
        need(path > before, "§4: files not sorted, or a path occurs twice: %r" % name)
        head = head_of_entry(path, mode, size)
        need(tar[start:start + len(head)] == head, "§4: entry is not canonical: %r" % name)
        at = start + len(head)
        end = at + size + -size % 512
        need(end <= len(tar), "§4: the tar is truncated")
        need(not any(view[at + size:end]), "§4: contents not padded with zeros: %r" % name)
        files.append((name, mode[4:].decode(), view[at:at + size]))
        need(len(files) <= MAX_FILES, "§5: too many files")
        at, before = end, path
    need(tar[at:] == bytes(1024), "§4: the tar does not end with two blocks of zeros and nothing else")
    need(files, "§4: no files")
    check_together([name for name, _, _ in files])
    return files


def chunk_root(data):
    """Returns the size of the chunks of an archive, and its chunk root (§7)."""
    size = 262_144 if len(data) < 64 * MIB else 1_048_576 if len(data) < 1024 * MIB else 4_194_304
    return size, blake3_digest(b"".join(blake3(data[i:i + size]) for i in range(0, len(data), size)))


# ---- Envelope (§8) ---------------------------------------------------------------------------------------------------

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def read_envelope(data):
    """Checks every signature and returns the statement and signers. The envelope has no other fields."""
    what = "§8: envelope"
    envelope = read_json(data, what)
    payload = read_base64(field(envelope, "payload", str, what), what + ": payload")
    signatures = field(envelope, "signatures", list, what)
    need(field(envelope, "payloadType", str, what) == PAYLOAD_TYPE, what + ": another payloadType")
    need(len(envelope) == 3, what + ": unknown fields")
    need(signatures, what + ": no signatures")
    signers = []
    for entry in signatures:
        keyid, sig = field(entry, "keyid", str, what), field(entry, "sig", str, what)
        need(len(entry) == 2, what + ": unknown fields in a signature")
        need(keyid not in signers, what + ": a key signs twice")
        verify(keyid, read_base64(sig, what + ": sig"), PAYLOAD_TYPE, payload, what)
        signers.append(keyid)
    return read_json(payload, "§8: payload"), signers


def check_dependencies(dependencies):
    """Checks a map from names to ranges, or to objects that always have a version. Guess: ranges need not be parsed."""
    for name, value in dependencies.items():
        what = "§8: dependency %r" % name
        need(is_name(name), what + ": not a package name")
        if type(value) is not str:
            field(value, "version", str, what)
            need(value.get("optional", True) is True, what + ": optional is not true")
            features = field(value, "features", list, what) if "features" in value else []
            need(all(type(feature) is str for feature in features), what + ": features are not strings")


def read_statement(statement):
    """Checks the form of the statement. Returns its predicate and its only gzip archive."""
    what = "§8: statement"
    need(field(statement, "_type", str, what) == "https://in-toto.io/Statement/v1", what + ": another _type")
    need(field(statement, "predicateType", str, what) == "urn:colony-cpm:package:v1", what + ": another predicateType")
    predicate = field(statement, "predicate", dict, what)
    name, version = field(predicate, "name", str, what), field(predicate, "version", str, what)
    need(is_name(name), "§1: not a package name: %r" % name)
    need(is_version(version), "§1: not a version in normal form: %r" % version)
    check_dependencies(field(predicate, "dependencies", dict, what))
    for optional in ("features", "conditions"):  # Guess: they may be missing
        if optional in predicate:
            field(predicate, optional, dict, what)
    archives, subject = field(predicate, "archives", list, what), field(statement, "subject", list, what)
    need(len(archives) == len(subject), what + ": subject and archives differ in number")
    for archive, entry in zip(archives, subject):
        need(field(entry, "name", str, what) == field(archive, "file", str, what), what + ": subject has another name")
        digest = field(entry, "digest", dict, what)
        for algorithm in ("blake3", "sha256", "sha512"):
            need(algorithm + ":" + field(digest, algorithm, str, what) == field(archive, algorithm, str, what),
                 "%s: subject and archive have another %s" % (what, algorithm))
    gzip = [archive for archive in archives if field(archive, "format", str, what) == "gzip"]
    need(len(gzip) == 1, what + ": not exactly one gzip archive")
    need(gzip[0]["file"] == "%s-%s.cpm" % (name.split("/")[-1], version), "§5: another name for the archive's file")
    return predicate, gzip[0]


def compare(value, expected, what):
    """Checks that every expected field is present with the same value and type, which == alone would not compare."""
    for name, right in expected.items():
        need(type(value) is dict and name in value and write_json(value[name]) == write_json(right),
             "%s: %s does not match the contents" % (what, name))


# ---- Owners (§10) and index (§11) ------------------------------------------------------------------------------------

def read_owners(data, name):
    """Returns the sets of owners, in order. Guess: all their keys must be admitted."""
    sets, previous = [], None
    for line in lines_of(data):
        what = "§10: owners record %d" % (len(sets) + 1)
        value = read_json(line, what)
        record, keyid = field(value, "record", dict, what), field(value, "keyid", str, what)
        sig = read_base64(field(value, "sig", str, what), what + ": sig")
        keys = field(record, "keys", list, what)
        need(len(value) == 3 and len(record) == 5, what + ": unknown fields")
        compare(record, {"name": name, "number": len(sets) + 1, "previous": previous, "v": 1}, what)
        for key in keys:
            public_key(key)
        need(keys and len(set(keys)) == len(keys), what + ": keys are not a set")
        need(sets or len(keys) == 1, what + ": the first record lists more than one key")
        need(keyid in (sets[-1] if sets else keys), what + ": signed by a key that is not an owner")
        verify(keyid, sig, "application/vnd.colony-cpm.owners+json", write_json(record).encode(), what)
        sets.append(keys)
        previous = blake3_digest(line)
    need(sets, "§10: no owners record")
    return sets


def check_time(text, what):
    """Checks a time, which is written YYYY-MM-DDThh:mm:ss.sssZ (§11)."""
    match = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.[0-9]{3}Z", text)
    need(match, what + ": not a time as YYYY-MM-DDThh:mm:ss.sssZ")
    try:
        datetime.datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise Refused(what + ": there is no such time")


def check_text(record, name, most, what):
    """Checks an optional text of a status record (§11)."""
    if name in record:
        need(len(field(record, name, str, what)) <= most, "%s: %s is longer than %d characters" % (what, name, most))


def is_newer(line):
    """Returns whether a newer cpm wrote an index line (§11), to which other rules apply."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and type(record.get("v")) in (int, float) and record["v"] > 1


def read_index(data, envelope, predicate, archive):
    """Returns the `owners` number of this version's publish record, which must repeat the envelope.

    Refuses records of another name or of an unknown type."""
    name, version = predicate["name"], predicate["version"]
    published, skipped, owners, found = set(), False, 1, None
    repeated = {key: predicate[key] for key in ("name", "version", "dependencies", "features", "conditions", "tree",
                                                "size") if key in predicate}
    repeated.update(v=1, type="publish", archiveSize=archive["size"], envelope=blake3_digest(envelope))
    for number, line in enumerate(lines_of(data), 1):
        what = "§11: index line %d" % number
        if is_newer(line):
            skipped = True
            continue
        record = read_json(line, what)
        compare(record, {"name": name, "v": 1}, what)
        here, kind = field(record, "version", str, what), field(record, "type", str, what)
        if kind == "publish":
            need(here not in published, what + ": a version is published twice")
            published.add(here)
            need(field(record, "owners", int, what) >= owners, what + ": owners decreases")
            owners = record["owners"]
            check_time(field(record, "publishedAt", str, what), what)
            if here == version:
                compare(record, repeated, what)
                found = owners
        else:
            need(kind in ("yank", "unyank", "deprecate"), what + ": unknown type")
            check_time(field(record, "at", str, what), what)
            check_text(record, "reason", 1024, what)
            check_text(record, "replacement", 256, what)
            # A skipped line may have published the version.
            need(here in published or skipped, what + ": status of a version that is not published")
    need(found, "§11: no publish record for %s %s" % (name, version))
    return found


# ---- A whole package -------------------------------------------------------------------------------------------------

def read_package(archive, envelope, owners=None, index=None):
    """Returns everything about one package, from the bytes of its files. Owners and index may be missing."""
    statement, signers = read_envelope(envelope)
    predicate, described = read_statement(statement)
    need(len(archive) <= MAX_PACKED, "§5: packed size over the limit")
    chunk_size, root = chunk_root(archive)
    compare(described, {"size": len(archive), "blake3": blake3_digest(archive), "chunkSize": chunk_size,
                        "chunkRoot": root, "sha256": "sha256:" + hashlib.sha256(archive).hexdigest(),
                        "sha512": "sha512:" + hashlib.sha512(archive).hexdigest()}, "§8: archive")
    tar = gunzip(archive)
    files = read_tar(tar)
    table = "cpm-file-table-1\n" + "".join("%s %d %s %s\n" % (mode, len(contents), blake3(contents).hex(), path)
                                           for path, mode, contents in files)
    result = {"tree": blake3_digest(table.encode()), "files": len(files), "size": sum(len(f[2]) for f in files),
              "tar": {"blake3": blake3_digest(tar), "size": len(tar)}}
    compare(predicate, {key: result[key] for key in ("tree", "files", "size")}, "§8: predicate")
    compare(predicate.get("tar"), result["tar"], "§8: predicate.tar")

    key = signers[0]
    sets = None if owners is None else read_owners(owners, predicate["name"])
    number = None if index is None else read_index(index, envelope, predicate, described)
    if sets:
        # One signer is enough, in the set that the index names, or without an index in any set of the chain
        key = sets[0][0]
        need(number is None or number <= len(sets), "§11: the index names a missing owners record")
        allowed = set().union(*sets) if number is None else set(sets[number - 1])
        need(allowed.intersection(signers), "§10: no signer is an owner")
    result.update(key=key, name=predicate["name"], version=predicate["version"], signers=signers, table=table)
    return result


def main():
    parser = argparse.ArgumentParser(description="Reads a cpm package by docs/formats.md")
    parser.add_argument("archive")
    parser.add_argument("envelope")
    parser.add_argument("--owners")
    parser.add_argument("--index")
    options = parser.parse_args()

    def load(path):
        if path is None:
            return None
        with open(path, "rb") as file:
            return file.read()

    try:
        need(os.path.getsize(options.archive) <= MAX_PACKED, "§5: packed size over the limit")
        result = read_package(*map(load, (options.archive, options.envelope, options.owners, options.index)))
    except (Refused, OSError) as error:
        print(json.dumps({"refused": str(error)}))
        return 1
    print(json.dumps(result, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
