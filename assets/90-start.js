/* The last file: everything is defined, the map may start while Dash is still loading. */
(() => {
  "use strict";
  window.dash_clientside.ioc.start_map();
})();
