"""UCSC's rules for a one-file hub, as far as hubCheck and the trackDb pages state them: a list of what is wrong."""

import re
from pathlib import Path

MAGIC = {"bigWig": 0x888FFC26, "bigBed": 0x8789F2EB, "bigInteract": 0x8789F2EB}
HUB = {"hub", "shortLabel", "longLabel", "useOneFile", "email", "descriptionUrl"}
ASSEMBLY = {"genome", "twoBitPath", "organism", "defaultPos", "description", "groups"}
Stanza = dict[str, str]


def stanzas(text: str) -> list[Stanza]:
    parts = [p for p in re.split(r"\n\s*\n", text.strip()) if p.strip()]
    return [dict(line.strip().split(" ", 1) for line in part.splitlines()) for part in parts]


def parent(track: Stanza) -> str:
    return track.get("parent", "").split(" ")[0]


def is_container(track: Stanza) -> bool:
    return bool({"superTrack", "compositeTrack", "container", "view"} & set(track))


def groups(track: Stanza) -> dict[str, dict[str, str]]:
    found = [value.split(" ") for key, value in track.items() if re.fullmatch(r"subGroup\d", key)]
    return {name: dict(pair.split("=") for pair in members) for name, _, *members in found}


def of_track(track: Stanza, folder: Path) -> list[str]:
    wrong = [f"no {key}" for key in ("shortLabel", "longLabel") if not track.get(key)]
    wrong += ["a name with other than letters, digits and _"] * (not re.fullmatch(r"[A-Za-z0-9_]+", track["track"]))
    wrong += ["shortLabel over 17"] * (len(track.get("shortLabel", "")) > 17)
    wrong += ["longLabel over 80"] * (len(track.get("longLabel", "")) > 80)
    if "html" in track and not (folder / track["html"]).is_file():
        wrong.append(f"no page {track['html']}")
    if is_container(track):
        return wrong + ["a container with bigDataUrl"] * ("bigDataUrl" in track)
    kind = track.get("type", "").split(" ")[0]
    if kind not in MAGIC:
        return [*wrong, f"type {track.get('type')}"]
    file = folder / track.get("bigDataUrl", "absent")
    if not file.is_file() or Path(track["bigDataUrl"]).is_absolute():
        return [*wrong, "no file"]
    head = file.read_bytes()[:64]
    wrong += ["wrong magic"] * (int.from_bytes(head[:4], "little") != MAGIC[kind])
    if kind == "bigBed":
        _, stated, *plus = track["type"].split(" ")
        fields, defined = int.from_bytes(head[32:34], "little"), int.from_bytes(head[34:36], "little")
        wrong += [f"type {track['type']} but {defined} of {fields} fields"] * (
            int(stated) != defined or bool(plus) != (fields > defined)
        )
    return wrong


def of_family(track: Stanza, by_name: dict[str, Stanza], tracks: list[Stanza]) -> list[str]:
    above = by_name.get(parent(track))
    wrong = [f"no parent {parent(track)}"] * (bool(parent(track)) and above is None)
    children = [t for t in tracks if parent(t) == track["track"]]
    wrong += ["a container without tracks"] * (is_container(track) and not children)
    wrong += ["tracks below no container"] * (bool(children) and not is_container(track))
    wrong += ["multiWig with one track"] * ("container" in track and len(children) < 2)
    if above is not None and "view" in above and "view" not in track:
        top = groups(by_name[parent(above)])
        own = dict(pair.split("=") for pair in track.get("subGroups", "").split(" ") if pair)
        wrong += [f"subGroup {g}={own.get(g)} is not defined" for g in top if own.get(g) not in top[g]]
        wrong += ["of another view than its parent"] * (own.get("view") != above["view"])
    if "compositeTrack" in track:
        known, dims = groups(track), track.get("dimensions", "") + " " + track.get("sortOrder", "")
        wrong += [f"{pair} names no subGroup" for pair in dims.split() if not {*pair.replace("+", "").split("=")} & set(known)]
    return wrong


def problems(folder: Path) -> list[str]:
    head, genome, *tracks = stanzas((folder / "hub.txt").read_text())
    wrong = [f"hub: no {key}" for key in sorted(HUB - set(head))]
    wrong += ["hub: no description page"] * (not (folder / head.get("descriptionUrl", "absent")).is_file())
    if set(genome) != {"genome"}:
        wrong += [f"genome: no {key}" for key in sorted(ASSEMBLY - set(genome))]
        wrong += [f"genome: no {key}" for key in ("twoBitPath", "groups", "htmlPath") if not (folder / genome[key]).is_file()]
    names = [t.get("track", "") for t in tracks]
    wrong += [f"{name}: not the only one" for name in {n for n in names if names.count(n) > 1}]
    by_name = dict(zip(names, tracks, strict=True))
    for track in tracks:
        wrong += [f"{track['track']}: {what}" for what in of_track(track, folder) + of_family(track, by_name, tracks)]
    return wrong
