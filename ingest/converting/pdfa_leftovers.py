"""Takes out of a converted PDF what converters leave in it and PDF/A forbids, though it shows nothing on any page.

Layers that are not named or listed, notes without an appearance, actions that start something, empty boxes. What a page shows
and the letters it carries stay as they are; veraPDF and the text gate judge afterwards. Only pikepdf values.
Sources: ISO 19005-2:2011, 6.1.13, 6.3.1, 6.3.3, 6.5.1, 6.9; ISO 32000-1:2008, 8.11.4, 12.5, 12.6.4.
"""

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

_ALLOWED_ACTIONS = frozenset({"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/SubmitForm", "/Named"})
_ALLOWED_NAMED = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
_FORBIDDEN_ANNOTATIONS = frozenset({"/3D", "/Sound", "/Screen", "/Movie", "/RichMedia", "/FileAttachment"})
_WITHOUT_APPEARANCE = frozenset({"/Popup", "/Link"})
_PRODUCTION_BOXES = ("/ArtBox", "/TrimBox", "/BleedBox")
_SMALLEST, _LARGEST = 3, 14_400
_CHAIN = 20  # actions that follow one another are looked at so far


def clear_leftovers(pdf: pikepdf.Pdf) -> None:
    """Make layers, annotations and actions such as PDF/A-2 allows."""
    _name_layers(pdf)
    for page in pdf.pages:
        _drop_boxes(page.obj)
        if isinstance(page.obj.get("/Annots"), Array):
            page.obj.Annots = Array([annotation for annotation in page.obj.Annots if _kept(annotation)])
            for annotation in page.obj.Annots:
                _drop_actions(annotation)
                _give_appearance(pdf, annotation)
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and "/Title" in thing and "/Parent" in thing:  # an entry of the outline
            _drop_actions(thing)


def _name_layers(pdf: pikepdf.Pdf) -> None:
    """Give every configuration of layers a name of its own, and no list that leaves a layer out (6.9)."""
    properties = pdf.Root.get("/OCProperties")
    if not isinstance(properties, Dictionary):
        return
    names: set[str] = set()
    for number, configuration in enumerate(_configurations(properties)):
        name = str(configuration.get("/Name", ""))
        if not name or name in names:
            name = configuration["/Name"] = f"Layers {number}"
        names.add(name)
        for key in ("/AS", "/Order"):
            if key in configuration and (key == "/AS" or not _lists_all(configuration, properties)):
                del configuration[key]


def _configurations(properties: Dictionary) -> Iterator[Any]:
    others = properties.get("/Configs")
    for configuration in (properties.get("/D"), *(others if isinstance(others, Array) else ())):
        if isinstance(configuration, Dictionary):
            yield configuration


def _lists_all(configuration: Any, properties: Dictionary) -> bool:
    listed: set[tuple[int, int]] = set()
    waiting = [configuration.get("/Order")]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Array):
            waiting.extend(thing)
        elif isinstance(thing, Dictionary):
            listed.add(thing.objgen)
    layers = properties.get("/OCGs")
    return isinstance(layers, Array) and {layer.objgen for layer in layers} <= listed


def _drop_boxes(page: Any) -> None:
    """Drop production boxes that are no boxes (6.1.13: from 3 to 14,400 units); they say nothing of what is shown."""
    for key in _PRODUCTION_BOXES:
        if key in page:
            left, bottom, right, top = (float(side) for side in page[key])
            if not all(_SMALLEST <= abs(side) <= _LARGEST for side in (right - left, top - bottom)):
                del page[key]


def _kept(annotation: Any) -> bool:
    return isinstance(annotation, Dictionary) and str(annotation.get("/Subtype")) not in _FORBIDDEN_ANNOTATIONS


def _drop_actions(thing: Any) -> None:
    if "/AA" in thing:
        del thing["/AA"]
    if isinstance(thing.get("/A"), Dictionary) and not _allowed(thing["/A"]):
        del thing["/A"]


def _allowed(action: Any) -> bool:
    waiting, seen = [action], 0
    while waiting and seen < _CHAIN:
        step, seen = waiting.pop(), seen + 1
        if isinstance(step, Array):
            waiting.extend(step)
            continue
        if not isinstance(step, Dictionary):
            return False
        kind = str(step.get("/S", ""))
        if kind not in _ALLOWED_ACTIONS or (kind == "/Named" and str(step.get("/N")) not in _ALLOWED_NAMED):
            return False
        waiting.extend([step["/Next"]] if "/Next" in step else [])
    return not waiting


def _give_appearance(pdf: pikepdf.Pdf, annotation: Any) -> None:
    """Let an annotation that no viewer was told how to show look like nothing; its contents stay (6.3.3)."""
    if str(annotation.get("/Subtype")) in _WITHOUT_APPEARANCE or isinstance(annotation.get("/AP"), Dictionary):
        return
    left, bottom, right, top = (float(side) for side in annotation.get("/Rect", [0, 0, 0, 0]))
    empty = Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Form)
    empty["/BBox"] = Array([0, 0, abs(right - left), abs(top - bottom)])
    shown = pdf.make_indirect(empty)
    if annotation.get("/FT") == Name.Btn:
        annotation["/AP"], annotation["/AS"] = Dictionary(N=Dictionary(Off=shown)), Name.Off
    else:
        annotation["/AP"] = Dictionary(N=shown)
