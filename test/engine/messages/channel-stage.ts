import { createHmac } from 'node:crypto';

import type { BestChannelRequest, BestChannelResult } from '../../../engine/messages/types';
import type { DatabaseKind } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person, Walk } from '../journeys/walk';
import { DAY_MS, MINUTE_MS } from '../journeys/world';
import { KEY, PostOffice, type Sent } from '../reports/post-office';
import { SmsGateway } from './sms-gateway';

const TWILIO = 'token-of-the-account';

/** Where a Journey Best Channel sends whom, of one call. */
export interface Went {
	email: Person[];
	sms: Person[];
	reached: Person[];
	results: BestChannelResult[];
}

export const outcomes = ({ results }: Pick<Went, 'results'>): string[] => results.map(({ outcome, channel }) => (channel === null ? outcome : `${outcome} ${channel}`));

/** A journey whose people are written to by mail, else by text: a Postmark that tells of its mails, and a Twilio. */
export class ChannelStage {
	private constructor(readonly post: PostOffice, readonly gateway: SmsGateway) {}

	static async open(kind: DatabaseKind): Promise<ChannelStage> {
		const post = await PostOffice.open(kind, { postmark: { callbackKey: KEY }, twilio: { authToken: TWILIO } });
		const gateway = await SmsGateway.open();
		await post.publish({ exits: { consents: [{ channel: 'push', state: 'unsubscribed' }] }, onFailure: 'retry' } as never);
		return new ChannelStage(post, gateway);
	}

	async close(): Promise<void> {
		const found = await protocolViolations(this.post.world.engine.store, [], { entryEvent: 'Signed Up', atRest: false });
		await this.post.close();
		await this.gateway.close();
		expect(found).toEqual({});
	}

	best = () => this.post.world.walk.step('best', 'bestChannel');
	sms = () => this.post.world.walk.step('sms', 'sms');
	request = (more: Partial<BestChannelRequest> = {}): BestChannelRequest => ({
		step: this.best(), channels: [{ channel: 'email' }, { channel: 'sms' }], purpose: 'transactional', topic: '', order: 'given', engagedWithinMs: 90 * DAY_MS, deliveryWithinMs: 30 * MINUTE_MS, unknown: 'asSent', ...more,
	});

	async choose(people: readonly Person[], more: Partial<BestChannelRequest> = {}, back?: string, walk: Walk = this.post.world.walk): Promise<Went> {
		const results = await walk.engine.messages.bestChannel(this.request(more), people.map(({ stamp, json }, index) => ({ index, stamp, item: json, ...(back === undefined ? {} : { back }) })));
		const by = (wanted: string) => results.flatMap((result): Person[] => {
			const person = people[result.index];
			return (result.outcome === 'channel' ? result.channel : result.outcome) === wanted && person !== undefined && result.stamp !== undefined ? [{ ...person, stamp: result.stamp }] : [];
		});
		return { email: by('email'), sms: by('sms'), reached: by('reached'), results };
	}

	async people(count: number): Promise<number[]> {
		const { profiles } = await this.post.world.engine.profiles.upsert(Array.from({ length: count }, (_, n) => ({
			identities: [{ kind: 'email', value: `p${n}@customer.example` }, { kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: `+49151123456${String(70 + n)}` }], attributes: { number: n },
		})), { source: 'test' });
		return profiles.map(Number);
	}

	async enter(...profiles: number[]): Promise<Leg> {
		await this.post.world.track('Signed Up', profiles);
		return await this.post.world.walk.start(this.post.trigger());
	}

	async mail(persons: readonly Person[], more = {}) {
		const { sent, notSent, results } = await this.post.world.walk.email(this.post.email(), persons, this.post.mail({ purpose: 'transactional', ...more }));
		return { back: [...sent, ...notSent], results };
	}

	async text(persons: readonly Person[]): Promise<Person[]> {
		const { sent, notSent } = await this.post.world.walk.sms(this.sms(), persons, this.gateway.sms());
		return [...sent, ...notSent];
	}

	ledger = async () => await this.post.world.rows<Sent & { channel: string; state: string }>('select id, profile, provider_id, channel, state from message order by reserved_at, channel, profile');

	async newest(channel: string): Promise<Sent> {
		const found = (await this.ledger()).filter((one) => one.channel === channel).at(-1);
		if (found === undefined) throw new Error(`There is no message by ${channel}.`);
		return found;
	}

	/** As Twilio calls and signs: https://www.twilio.com/docs/usage/security */
	async tellText(message: Sent, status: string): Promise<void> {
		const form = { MessageSid: message.provider_id, MessageStatus: status, To: '+4915112345670' };
		const url = `https://links.shop.example/callbacks/twilio?m=${message.id}`;
		const signed = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1)).reduce((whole, [name, value]) => whole + name + value, url);
		const answer = await fetch(`${this.post.url}/callbacks/twilio?m=${message.id}`, { method: 'POST', headers: { 'x-twilio-signature': createHmac('sha1', TWILIO).update(signed).digest('base64') }, body: new URLSearchParams(form) });
		expect(answer.status).toBeLessThan(300);
	}

	/** One person is out by email and waits for its delivery. */
	async waiting(more: Partial<BestChannelRequest> = {}): Promise<{ profile: number; message: Sent }> {
		const [profile = 0] = await this.people(1);
		const leg = await this.enter(profile);
		const { back } = await this.mail((await this.choose(leg.people, more)).email);
		expect(outcomes(await this.choose(back, more))).toEqual(['parked email']);
		await this.post.world.walk.settle(leg);
		return { profile, message: await this.newest('email') };
	}

	resume = async (): Promise<Leg> => await this.post.world.walk.start(this.best());
}
