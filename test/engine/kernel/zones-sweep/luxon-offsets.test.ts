import { IANAZone } from 'luxon';

import { DAY_MS, everyZone, SWEEP } from './zone-model';

const SHOWN = 10;

it('luxon gives every zone the offset that Intl gives it, on each day and to the millisecond at each change of the clocks', () => {
	const wrong = everyZone().flatMap(({ model }, place) => {
		const zone = IANAZone.create(model.zone);
		const moments = model.changes.flatMap((change) => [change - 1, change, change + 1]);
		// At another time of each day: no zone has its own.
		for (let day = 0; SWEEP.fromMs + day * DAY_MS < SWEEP.untilMs; day += 1) moments.push(SWEEP.fromMs + day * DAY_MS + ((day * 7 + place * 5) % 24) * 3_600_000);
		return moments.filter((atMs) => zone.offset(atMs) * 60_000 !== model.stretchAt(atMs)?.offsetMs).map((atMs) => ({ zone: model.zone, at: new Date(atMs).toISOString() }));
	});

	expect(wrong.slice(0, SHOWN)).toEqual([]);
}, 240_000);
