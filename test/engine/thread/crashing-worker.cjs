require('./from-source.cjs');
require('./crashing-worker.ts');
