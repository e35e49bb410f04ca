"""The tab "roop": one file per tool, drawn alike in every web UI and on roop's own page.

A tool is a module with TITLE, NAME (its part of element ids) and `draw(tool: Tool) -> None`.
"""
