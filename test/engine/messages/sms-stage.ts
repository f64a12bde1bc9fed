import type { DatabaseKind } from '../databases';
import type { Leg, Sms } from '../journeys/walk';
import { World } from '../journeys/world';
import { SmsGateway } from './sms-gateway';

export const BERLIN = '+4915112345678';
export const SEOUL = '+821012345678';

/** A journey whose people get texts, and the service that takes them. */
export class SmsStage {
	private constructor(readonly world: World, readonly gateway: SmsGateway) {}

	static async open(kind: DatabaseKind): Promise<SmsStage> {
		const [gateway, world] = [await SmsGateway.open(), await World.open(kind)];
		const stage = new SmsStage(world, gateway);
		await world.walk.register(stage.trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
		return stage;
	}

	async close(): Promise<void> {
		await this.world.close();
		await this.gateway.close();
	}

	trigger = () => this.world.walk.step('trigger', 'trigger');
	step = (name = 'sms') => this.world.walk.step(name, 'sms');
	marketing = (given: Partial<Sms> = {}): Sms => this.gateway.sms({ purpose: 'marketing', ...given });

	async person(phone: string | null, attributes: Record<string, string | number> = {}): Promise<number> {
		const identities = [{ kind: 'user_id', value: `u${phone ?? 'none'}` }, ...(phone === null ? [] : [{ kind: 'phone', value: phone }])];
		const { profiles: [id] } = await this.world.engine.profiles.upsert([{ identities, attributes }], { source: 'test' });
		return Number(id);
	}

	async wants(profile: number): Promise<void> {
		await this.world.engine.consent.set([{ profile, channel: 'sms', topic: '', state: 'subscribed', source: 'form' }]);
	}

	async enter(...profiles: number[]): Promise<Leg> {
		await this.world.track('Signed Up', profiles);
		return await this.world.walk.start(this.trigger());
	}

	/** Links and callbacks have an address. */
	async isReachable(): Promise<void> {
		await this.world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
	}

	async ledger() {
		return await this.world.rows<{ channel: string; state: string; guard: string | null; reason: string | null; provider: string | null; provider_id: string | null }>('select channel, state, guard, reason, provider, provider_id from message order by reserved_at, id');
	}
}
