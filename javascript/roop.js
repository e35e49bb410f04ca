"use strict";

window.roop = {
    /** The values of an event, the place of the picture that is selected in the host's gallery (-1: none) before the others. */
    selected(values) {
        const host = window.selected_gallery_index;
        return [typeof host === "function" ? host() : -1, ...values.slice(1)];
    },

    /** Faces were kept, renamed or deleted: every panel of the page makes its list of them anew. */
    facesChanged() {
        for (const button of document.querySelectorAll('[id*="roop_"][id$="face1_refresh"]')) button.click();
    },
};
