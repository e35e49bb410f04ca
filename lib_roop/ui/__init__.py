"""The panel that all web UIs and the page share: `fields` is what it hands over, `panel` draws it."""
