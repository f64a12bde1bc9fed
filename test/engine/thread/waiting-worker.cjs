require('./from-source.cjs');
require('./waiting-worker.ts');
