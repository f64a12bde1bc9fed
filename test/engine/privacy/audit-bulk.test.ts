import { DATABASES } from '../databases';
import { openEngine } from '../transfer/fixture';

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

		const { entries } = await engine.privacy.audit({});
		expect(entries.reverse().map(({ action, who, profile, detail }) => [action, who, profile, detail])).toEqual([
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
		]);
		expect(JSON.stringify(entries)).not.toContain('x.org');
		await close();
	});
});
