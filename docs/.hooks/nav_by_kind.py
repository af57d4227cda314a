"""Orders the navigation by kind of document, so that a new page needs no entry anywhere."""

KINDS = {
    "tutorials": "Tutorials",
    "how-to": "How-to guides",
    "reference": "Reference",
    "explanation": "Explanation",
    "adr": "Decisions",
}


def on_nav(nav, **_):
    def kind(item):
        return next((page.file.src_uri.split("/")[0] for page in _pages(item)), "")

    for section in nav.items:
        if section.is_section:
            section.title = KINDS.get(kind(section), section.title)
    order = list(KINDS)
    nav.items.sort(key=lambda item: (item.is_section, order.index(kind(item)) if kind(item) in KINDS else len(order)))
    return nav


def _pages(item):
    if item.is_page:
        yield item
    for child in item.children or ():
        yield from _pages(child)
