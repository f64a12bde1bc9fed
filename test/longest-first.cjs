const { default: Sequencer } = require('@jest/test-sequencer');

/** Minutes each. On a fresh clone jest knows no durations and goes by the files' sizes: one of these as the last would leave the other cores idle. */
const LONG = ['test/crash/crash', 'test/crash/processes', 'journeys/stories/', 'zones-sweep/', 'collector/fuzz', 'profiles/merge-random'];

/** jest testSequencer: the long ones first, in this order, the others as jest would. */
module.exports = class LongestFirst extends Sequencer {
	sort(tests) {
		const place = ({ path }) => {
			const at = LONG.findIndex((part) => path.includes(part));
			return at === -1 ? LONG.length : at;
		};
		return super.sort(tests).sort((a, b) => place(a) - place(b));
	}
};
