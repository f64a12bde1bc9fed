import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';

import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

/** What every operation of Profile Engine can be tried on. */
export interface World extends TestEngine {
	/** Profile ids. */
	ada: number;
	ben: number;
	visitor: number;
	importId: string;
}

/** Ada with a full history, Ben, a visitor nobody knows yet; a group, list, segment, score model, stages, suppression, settings and an import. */
export async function openWorld(): Promise<World> {
	const opened = await openTestEngine();
	const { engine } = opened;
	await Container.get(BinaryDataService).init();
	await engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
	const ada = [{ kind: 'email', value: 'ada@example.com' }];
	await engine.events.ingest([
		{ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com', first_name: 'Ada', plan: 'pro', address: { city: 'Bern' } } },
		{ type: 'identify', userId: 'ben', traits: { email: 'ben@example.com', plan: 'free' } },
		{ type: 'track', anonymousId: 'visitor', event: 'Page Viewed', properties: { path: '/pricing' } },
		{ type: 'track', userId: 'ada', event: 'Order Completed', properties: { order_id: '77', total: 30, currency: 'EUR' } },
		{ type: 'group', userId: 'ada', groupId: 'acme', traits: { industry: 'Toys' } },
	], { source: 'site' });
	await engine.consent.setFor([{ whose: { kind: 'email', value: 'ada@example.com' }, channel: 'email', topic: '', state: 'subscribed', source: 'form', textVersion: 'form 3' }]);
	await engine.suppression.add([{ channel: 'email', address: 'gone@example.com', reason: 'hard-bounce', source: 'smtp' }]);
	await engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
	await engine.lists.create('Press');
	await engine.lists.add('Press', ada);
	await engine.scores.saveModel({ name: 'Leads', rules: [{ name: 'Ordered', group: 'engagement', points: 40, when: { event: 'Order Completed' } }] });
	await engine.scores.setStages([{ whose: { kind: 'user_id', value: 'ada' }, stage: 'lead' }], { who: 'test' });
	await engine.settings.set({ zone: 'Europe/Berlin' }, { by: 'test' });
	const { importId } = await engine.transfer.importStart({ about: 'profiles', source: 'crm' });
	await engine.transfer.importChunk(importId, new TextEncoder().encode('email,plan\ncarl@example.com,free\n'));
	await engine.transfer.importEnd(importId);
	await engine.tick();
	const idOf = async (kind: string, value: string): Promise<number> => (await engine.profiles.get({ kind, value }))?.id ?? 0;
	return { ...opened, ada: await idOf('user_id', 'ada'), ben: await idOf('user_id', 'ben'), visitor: await idOf('anonymous_id', 'visitor'), importId };
}
