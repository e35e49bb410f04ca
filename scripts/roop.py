"""roop in a web UI: what the host finds here it calls; everything is done in lib_roop.webui."""

from functools import cached_property

from modules import scripts

from lib_roop.webui import accordion, registration


class RoopScript(scripts.Script):
    """The accordion "roop" in txt2img and img2img."""

    def __init__(self):
        super().__init__()
        self.accordion = accordion.Accordion()

    @cached_property
    def hooks(self):
        return registration.hooks()

    def title(self):
        return "roop"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        components = self.accordion.draw(self.elem_id, is_img2img)
        self.infotext_fields = self.accordion.infotext_fields
        return components

    def after_component(self, component, **kwargs):
        self.accordion.notice(component)

    def process(self, p, *args):
        self.hooks.process(p, *args)

    def postprocess_batch_list(self, p, pp, *args, **kwargs):
        self.hooks.postprocess_batch_list(p, pp)

    def postprocess_image(self, p, pp, *args):
        self.hooks.postprocess_image(p, pp)

    def postprocess_image_after_composite(self, p, pp, *args):
        self.hooks.postprocess_image_after_composite(p, pp)

    def postprocess(self, p, processed, *args):
        self.hooks.postprocess(p, processed)


registration.register()
