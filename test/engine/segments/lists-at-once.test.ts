import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const user = (value: string) => ({ kind: 'user_id', value });
const email = (value: string) => ({ kind: 'email', value: `${value}@x.org` });

describe.each(DATABASES)('lists, with other calls at once, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const members = async (name: string) => (await world.engine.lists.members(name)).length;
	/** Two profiles of one person. */
	const halves = (name: string) => world.engine.profiles.upsert([{ identities: [user(name)] }, { identities: [email(name)] }], { source: 't' });
	const merging = (name: string) => world.engine.profiles.merge(user(name), email(name));

	it('take, lose and move people who are being merged', async () => {
		const { lists } = world.engine;
		for (let n = 0; n < 8; n += 1) {
			for (const name of [`a${n}`, `r${n}`, `m${n}`]) {
				await halves(name);
				await lists.create(`List ${name}`);
			}
			await lists.add(`List r${n}`, [email(`r${n}`)]);
			await lists.add(`List m${n}`, [email(`m${n}`)]);

			const [added] = await Promise.all([lists.add(`List a${n}`, [email(`a${n}`)]), merging(`a${n}`)]);
			const [removed] = await Promise.all([lists.remove(`List r${n}`, [email(`r${n}`)]), merging(`r${n}`)]);
			const [moved] = await Promise.all([n % 2 === 0 ? lists.move(`List m${n}`, `To ${n}`) : lists.move(`List m${n}`, `To ${n}`, { people: [email(`m${n}`)] }), merging(`m${n}`)]);

			expect([added, removed, moved]).toMatchObject([{ changed: 1, unchanged: 0 }, { changed: 1, unchanged: 0 }, { changed: 1, unchanged: 0 }]);
			expect([await members(`List a${n}`), await members(`List r${n}`), await members(`List m${n}`), await members(`To ${n}`)]).toEqual([1, 0, 0, 1]);
		}
	});

	it('are made once by several copies to a new one', async () => {
		await halves('a');
		await world.engine.lists.create('L');
		await world.engine.lists.add('L', [user('a'), email('a')]);

		const copies = await Promise.all(['New', 'New', 'New'].map((to) => world.engine.lists.copy('L', to)));

		expect(copies.map(({ changed }) => changed).sort()).toEqual([0, 0, 2]);
		await expect(world.engine.lists.create('New')).rejects.toMatchObject({ code: 'CONFLICT' });
	});

	it('read a phone number without its country by the country of the settings', async () => {
		await world.engine.settings.set({ defaultCountry: 'DE' });
		await world.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: '0170 1234567' }] }], { source: 't' });
		await world.engine.lists.create('L');

		expect(await world.engine.lists.add('L', [{ kind: 'phone', value: '0170 1234567' }])).toMatchObject({ changed: 1, rejected: [] });
		expect(await world.engine.lists.move('L', 'M', { people: [{ kind: 'phone', value: '0170 1234567' }] })).toMatchObject({ changed: 1, rejected: [] });
	});

	it('move somebody named twice once, also in another batch', async () => {
		const people = Array.from({ length: 501 }, (_, n) => user(`u${n}`));
		await world.engine.profiles.upsert(people.map((one) => ({ identities: [one] })), { source: 't' });
		await world.engine.lists.create('L');
		await world.engine.lists.add('L', people.slice(0, 500));

		const report = await world.engine.lists.move('L', 'M', { people: [...people, user('u0'), user('ghost')] });

		expect(report).toMatchObject({ changed: 500, unchanged: 0, rejected: [{ index: 500, reason: 'This person is not in it.' }, { index: 502 }] });
		expect([report.profiles.length, report.profiles[501] === report.profiles[0], await members('L'), await members('M')]).toEqual([503, true, 0, 100]);
	});
});
