import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS, type DatabaseKind } from '../databases';
import { imported, openEngine } from '../transfer/fixture';

const email = (value: string) => ({ kind: 'email', value });

describe.each(DATABASES)('the audit log of bulk operations on %s', (kind) => {
	it('has one entry a call, with who, how many and on what, and nothing of the people', async () => {
		const { engine, close } = await openEngine(kind);
		const addresses = Array.from({ length: 1200 }, (_none, n) => email(`p${n}@x.org`));
		await engine.profiles.upsert(addresses.map((address) => ({ identities: [address], attributes: { plan: 'pro' } })), { source: 'test' });
		const by = { source: 'spring clean' };
		const rule = { attribute: 'plan', operator: 'equals' as const, value: 'pro' };
		const model = { name: 'Interest', rules: [{ name: 'Pro', group: 'fit' as const, when: rule, points: 1 }] };

		await engine.segments.save({ name: 'S', rule, wait: true, ...by });
		await engine.segments.save({ name: 'S', rule, wait: true, ...by });
		await engine.segments.rename('S', 'T', by);
		await engine.lists.copy('T', 'L', by);
		await engine.lists.move('L', 'M', by);
		await engine.lists.move('M', 'N', { people: addresses.slice(0, 700), ...by });
		await engine.lists.add('M', addresses.slice(0, 600), by);
		await engine.lists.add('M', addresses.slice(0, 600), by);
		await engine.lists.remove('M', addresses.slice(0, 2));
		await engine.lists.delete('N', by);
		await engine.segments.delete('T', by);
		await engine.groups.upsert([{ key: 'acme' }, { key: 'globex' }], by);
		await engine.groups.addMembers(addresses.slice(0, 600).map((member) => ({ key: 'acme', member })), by);
		await engine.groups.removeMembers(addresses.slice(0, 2).map((member) => ({ key: 'acme', member })), by);
		await engine.groups.addMembers([{ key: 'globex', member: email('p7@x.org') }], by);
		await engine.scores.defineStages({ stages: [{ name: 'lead' }, { name: 'customer' }] }, by);
		await engine.scores.setStages(addresses.slice(0, 600).map((whose) => ({ whose, stage: 'customer' })), { who: 'bob' });
		await engine.scores.saveModel(model, by);
		await engine.scores.deleteModel('Interest', by);
		await engine.preferences.set(addresses.slice(0, 600).map((whose) => ({ whose, maxPerWeek: 2, ...by })));
		await engine.preferences.set(addresses.slice(0, 600).map((whose) => ({ whose, maxPerWeek: 2, ...by })));
		await engine.preferences.set([{ whose: email('p1@x.org'), maxPerWeek: 3, source: 'one' }]);
		await engine.profiles.declareType('plan', 'text', by);
		await engine.profiles.declareType('plan', 'text', by);
		await engine.profiles.declareType('plan', null);

		const { entries } = await engine.privacy.audit({});
		expect(entries.reverse().map(({ action, who, profile, detail }) => [action, who, profile, detail])).toEqual([
			['profile.upsert', 'test', null, { count: 1200, created: 1200, updated: 0 }],
			['segment.save', 'spring clean', null, { segment: 'S', created: true }],
			['segment.rename', 'spring clean', null, { segment: 'S', to: 'T' }],
			['list.copy', 'spring clean', null, { count: 1200, from: 'T', to: 'L' }],
			['list.move', 'spring clean', null, { count: 1200, from: 'L', to: 'M' }],
			['list.move', 'spring clean', null, { count: 700, from: 'M', to: 'N' }],
			['list.add', 'spring clean', null, { count: 600, list: 'M' }],
			['list.remove', 'api', null, { count: 2, list: 'M' }],
			['list.delete', 'spring clean', null, { list: 'N' }],
			['segment.delete', 'spring clean', null, { segment: 'T' }],
			['group.upsert', 'spring clean', null, { count: 2 }],
			['group.addMembers', 'spring clean', null, { count: 600 }],
			['group.removeMembers', 'spring clean', null, { count: 2 }],
			['stage.define', 'spring clean', null, { stages: 2 }],
			['stage.set', 'bob', null, { count: 600 }],
			['scoreModel.save', 'spring clean', null, { model: 'Interest', version: 1 }],
			['scoreModel.delete', 'spring clean', null, { model: 'Interest' }],
			['preferences.set', 'spring clean', null, { count: 600 }],
			['preferences.set', 'one', expect.any(Number), {}],
			['attributeType.set', 'spring clean', null, { attribute: 'plan', type: 'text' }],
			['attributeType.set', 'api', null, { attribute: 'plan', type: null }],
		]);
		expect(JSON.stringify(entries)).not.toContain('x.org');
		await close();
	});

	it('tells what was done by calls that broke off in the middle', async () => {
		const { engine, stopAt, close } = await breakable(kind);
		const addresses = Array.from({ length: 900 }, (_none, n) => email(`p${n}@x.org`));
		await engine.profiles.upsert(addresses.map((address) => ({ identities: [address] })), { source: 'test' });
		await engine.lists.create('Half');
		await engine.scores.defineStages({ stages: [{ name: 'lead' }, { name: 'customer' }] });
		const who = { source: 'cut short' };
		const calls: Array<() => Promise<unknown>> = [
			() => engine.lists.add('Half', addresses, who),
			() => engine.groups.upsert(addresses.map(({ value }) => ({ key: value })), who),
			() => engine.groups.addMembers(addresses.map((member) => ({ key: 'acme', member })), who),
			() => engine.scores.setStages(addresses.map((whose) => ({ whose, stage: 'customer' })), { who: 'cut short' }),
			() => engine.preferences.set(addresses.map((whose) => ({ whose, maxPerWeek: 1, ...who }))),
			() => engine.profiles.upsert(addresses.map(({ value }) => ({ identities: [email(`new-${value}`)] })), who),
			() => engine.lists.copy('Half', 'Copy', { people: addresses, ...who }),
			() => imported(engine.transfer, ['email', ...addresses.map(({ value }) => `file-${value}`)].join('\n'), { source: 'shop', who: 'cut short' }),
		];
		const before = (await engine.privacy.audit({})).entries[0]?.id ?? 0;

		for (const call of calls) {
			stopAt(2);
			await expect(call()).rejects.toThrow();
		}

		const { entries } = await engine.privacy.audit({});
		expect(entries.filter(({ id }) => id > before).reverse().map(({ action, who: by, detail }) => [action, by, detail.count, detail.complete])).toEqual([
			['list.add', 'cut short', 500, undefined], ['group.upsert', 'cut short', 500, undefined], ['group.addMembers', 'cut short', 500, undefined], ['stage.set', 'cut short', 500, undefined],
			['preferences.set', 'cut short', 500, undefined], ['profile.upsert', 'cut short', 500, undefined], ['list.copy', 'cut short', 500, undefined], ['import.profiles', 'cut short', 500, false],
		]);
		await close();
	});

	it('counts an import that ended once, as complete, and a dry run not at all', async () => {
		const { engine, close } = await openEngine(kind);
		const file = ['email', ...Array.from({ length: 1200 }, (_none, n) => `p${n}@x.org`)].join('\n');

		await imported(engine.transfer, file, { dryRun: true });
		await imported(engine.transfer, file);

		expect((await engine.privacy.audit({})).entries).toMatchObject([{ action: 'import.profiles', detail: { count: 1200, created: 1200, rows: 1200, complete: true } }]);
		await close();
	});
});

/** An engine whose database fails at the n-th transaction from now on that changes people. */
async function breakable(kind: DatabaseKind): Promise<{ engine: LocalEngine; stopAt(transaction: number): void; close(): Promise<void> }> {
	const { database, drop } = await emptyDatabase(kind);
	const names = ['list-change', 'groups', 'group-members', 'stage-set', 'set-preferences', 'upsert', 'import'];
	let left = Infinity;
	const engine = await createEngine({
		database, clock: new ManualClock(TEST_START_MS),
		onPoint: (point) => {
			if (!names.includes(point.replace(/:before-commit$/, ''))) return;
			left -= 1;
			if (left === 0) throw new Error('the disk is gone');
		},
	});
	return {
		engine, stopAt: (transaction) => void (left = transaction),
		close: async () => {
			await engine.close();
			await drop();
		},
	};
}
