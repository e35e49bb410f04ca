"use strict";

window.roop = {
    /** The values of an event, the place of the picture that is selected in the host's gallery (-1: none) before the others. */
    selected(values) {
        const host = window.selected_gallery_index;
        return [typeof host === "function" ? host() : -1, ...values.slice(1)];
    },
};
