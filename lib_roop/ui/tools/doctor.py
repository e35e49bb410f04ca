"""What works on this machine, and how to mend what does not, as a table and as a text to copy."""

from __future__ import annotations

from ... import doctor
from ..compat import Wires
from .frame import Answer, Tool, table

TITLE, NAME = "Doctor", "doctor"
HEADS = ("what", "", "found", "to mend it")


def draw(tool: Tool) -> None:
    """Draw it and bind what it does."""
    gradio = tool.gradio
    look = gradio.Button("Look at everything", variant="primary", elem_id=tool.id("look"))
    tool.place_line()
    checks = gradio.HTML("", elem_id=tool.id("checks"))
    report = gradio.Textbox("", label="The same to copy", lines=8, interactive=False, elem_id=tool.id("report"))

    def looked() -> Answer:
        with tool.desk.turn():
            facts, found = doctor.facts(), doctor.checks(tool.desk.get_engine)
        rows = [(each.name, "ok" if each.ok else "WRONG", each.found, each.mend) for each in found]
        wrong = [number for number, each in enumerate(found) if not each.ok]
        said = doctor.mend(found) or "All is well."
        return {checks: table(HEADS, rows, wrong), report: doctor.text(facts, found), **tool.say(said)}

    tool.on(look.click, looked, Wires((), [checks, report]))
