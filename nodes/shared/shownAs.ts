import type { IExecuteFunctions } from 'n8n-workflow';

import type { Engine, ForeseeRequest, Foreseen, PreviewPerson } from '../../engine';
import { foreseeFor } from './foresight';
import type { ManualItem } from './step';

interface Named {
	kind: string;
	value: string;
}

/** As whom the manual runs of all senders show their items: the profile that the trigger chose, else the contact that the item names, else whoever was chosen for tests. */
export class ShownAs {
	private readonly asked = new Map<number, PreviewPerson>();
	/** By the place among the rendered. */
	private readonly people = new Map<number, number>();
	private readonly unknown = new Map<number, Named>();
	private readonly unnamed = new Set<number | null>();

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly engine: Engine,
	) {}

	/** parameter: the field that names the contact by this kind of identity. */
	async as(manual: ManualItem, kind: string, parameter: string): Promise<PreviewPerson> {
		const value = String(this.context.getNodeParameter(parameter, manual.index, '') ?? '').trim();
		return await this.named(manual, value === '' ? null : { kind, value });
	}

	async named(manual: ManualItem, contact: Named | null): Promise<PreviewPerson> {
		const as = manual.profile ?? (contact === null ? null : ((await this.engine.profiles.get(contact))?.id ?? { unknown: contact }));
		this.asked.set(manual.index, as);
		return as;
	}

	/** Once it has been rendered: as this profile, the n-th of those that come out. */
	rendered(at: number, { index }: ManualItem, profile: number | null): void {
		const as = this.asked.get(index) ?? null;
		if (profile !== null) this.people.set(at, profile);
		if (as === null) this.unnamed.add(profile);
		else if (typeof as === 'object') this.unknown.set(at, as.unknown);
	}

	/** What the guards would say of each that was rendered, as fields of its item, and who they were, as hints. */
	async guards(request: Omit<ForeseeRequest, 'profiles'>, what: string, ofUnknown: (at: number) => Pick<ForeseeRequest, 'postal'> = () => ({})): Promise<(at: number) => { guards?: Omit<Foreseen, 'profile'> }> {
		const foreseen = await foreseeFor(this.context, this.engine, { ...request, profiles: [...this.people.values()] }, what);
		const outlooks = new Map<number, Omit<Foreseen, 'profile'>>();
		for (const [at, unknown] of this.unknown) {
			const { profile: _nobody, ...outlook } = await this.engine.messages.foreseeUnknown({ ...request, ...ofUnknown(at), unknown });
			outlooks.set(at, outlook);
		}
		await this.tell();
		return (at) => {
			const guards = outlooks.get(at) ?? foreseen.get(this.people.get(at) ?? 0);
			return guards === undefined ? {} : { guards: { ...guards } };
		};
	}

	private async tell(): Promise<void> {
		if (this.unknown.size > 0) this.hint(`${this.unknown.size === 1 ? 'One item names a contact' : `${this.unknown.size} items name contacts`} whom nobody has: shown as somebody new, of whom nothing is known, with the guards of somebody new.`);
		for (const profile of this.unnamed) {
			if (profile === null) this.hint('No contact is named and there are no profiles: shown as somebody of whom nothing is known.');
			else if ((await this.engine.profiles.get({ profileId: profile }))?.test === true) this.hint(`No contact is named: shown as the newest test person (profile ${profile}).`);
			else this.hint(`No contact is named and there is no test person: shown as the newest profile (${profile}), who may be a customer. Name a contact, or make a test person with Profile Engine.`);
		}
	}

	private hint(message: string): void {
		this.context.addExecutionHints({ message, location: 'outputPane' });
	}
}
