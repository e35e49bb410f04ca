"""Who to put there: an Identity from one face or blended from several, and face checkpoints."""
