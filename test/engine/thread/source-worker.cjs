require('./from-source.cjs');
require('../../../engine/thread/worker.ts');
