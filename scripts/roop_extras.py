"""roop in the Extras tab, in a file of its own as hosts keep the defaults of widgets by file and label."""

from modules import scripts_postprocessing

from lib_roop.webui import extras, host


class RoopExtras(scripts_postprocessing.ScriptPostprocessing):
    """The section "roop" in the Extras tab."""

    name = "roop"
    order = extras.ORDER

    def ui(self):
        return extras.build()

    def process(self, pp, **args):
        extras.process(host.engine, pp, args)
