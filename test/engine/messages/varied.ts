import type { SendVariants, VariantParts } from '../../../engine';
import type { DatabaseKind } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Mail } from '../journeys/walk';
import { DAY_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

export const ab = (a: VariantParts, b: VariantParts, more: Partial<SendVariants> = {}): SendVariants => ({
	factors: [{ name: '', alternatives: [{ name: 'A', parts: a }, { name: 'B', parts: b }] }], metric: { kind: 'own', happened: 'clicked' }, windowMs: DAY_MS, ...more,
});
export const SUBJECTS = ab({ content: { subject: 'First {{ profile.number }}' } }, { content: { subject: 'Second {{ journey.variant }}' }, senderName: 'Ann of the Shop' });

/** The ledger's line of a message. */
export interface Varied {
	id: string;
	profile: number;
	variant: string | null;
	state: string;
}

export interface VariedOptions {
	attributes?: Record<string, string>;
	test?: boolean;
	atPoint?: (point: string) => void;
}

/** People in a journey, a sender of mails with variants, and the server that takes them. */
export class VariedStage {
	private constructor(readonly world: World, readonly mailbox: Mailbox, readonly profiles: number[], readonly leg: Leg) {}

	static async open(kind: DatabaseKind, people = 12, { attributes, test, atPoint }: VariedOptions = {}): Promise<VariedStage> {
		const mailbox = await Mailbox.open();
		const world = await World.open(kind, atPoint === undefined ? {} : { atPoint });
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		const profiles = await world.people(people, { ...(attributes === undefined ? {} : { attributes }), ...(test === undefined ? {} : { test }) });
		await world.track('Signed Up', profiles);
		return new VariedStage(world, mailbox, profiles, await world.walk.start(world.walk.step('trigger', 'trigger')));
	}

	async close(): Promise<void> {
		const found = await protocolViolations(this.world.engine.store, this.mailbox.accepted, { entryEvent: 'Signed Up', atRest: false });
		await this.world.close();
		await this.mailbox.close();
		expect(found).toEqual({});
	}

	trigger = () => this.world.walk.step('trigger', 'trigger');
	step = () => this.world.walk.step('email', 'email');
	mail = (variants: SendVariants | undefined, given: Partial<Mail> = {}): Mail => this.mailbox.mail({ ...(variants === undefined ? {} : { variants }), ...given });
	ledger = async (): Promise<Varied[]> => (await this.world.rows<Varied>('select id, profile, variant, state from message order by reserved_at, profile, id')).map((row) => ({ ...row, profile: Number(row.profile) }));
	/** Of the newest mail to this person. */
	subjectOf = (profile: number) => /^Subject: (.*)$/m.exec(this.rawOf(profile))?.[1]?.trim();
	fromOf = (profile: number) => /^From: (.*)$/m.exec(this.rawOf(profile))?.[1]?.trim();
	rawOf = (profile: number): string => this.mailbox.accepted.filter(({ to }) => to === `p${this.profiles.indexOf(profile)}@customer.example`).at(-1)?.raw ?? '';
}
