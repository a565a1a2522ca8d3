// SPDX-License-Identifier: ISC
// A back end of the StatsD server: the gauges of each flush, as JSON, in the
// file that its configuration names.
const fs = require('fs');

exports.init = function (startup, config, events) {
  events.on('flush', function (time, metrics) {
    fs.writeFileSync(config.gaugesFile + '.new', JSON.stringify(metrics.gauges));
    fs.renameSync(config.gaugesFile + '.new', config.gaugesFile);
  });
  return true;
};
