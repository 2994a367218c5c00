/* Names to settle are drawn again when a name is new or settled, and not for anything else: somebody may be typing. */
(() => {
  "use strict";
  const ioc = (window.dash_clientside.ioc ||= {});

  ioc.names_version = (layers, shown) => {
    const version = (layers || {}).names || 0;
    return version === shown ? window.dash_clientside.no_update : version;
  };
})();
