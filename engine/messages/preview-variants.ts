import { combinationsOf } from '../experiments';
import type { InVariants, SendVariants } from './variant-types';

/** Of a multivariate test more would be a wall: these are looked at, the first ones. */
const MOST_SHOWN = 10;

interface Varied {
	variants?: SendVariants;
	/** By its label; the first where there is none. */
	variant?: string;
}

/** The preview of a sender with variants shows each; only the first goes to a test recipient. */
export async function inEachVariant<Given extends object, Shown extends object>(given: Given & Varied, show: (given: Given) => Promise<Shown>): Promise<InVariants<Shown>> {
	if (given.variants === undefined) return await show(given);
	const [first, ...others] = combinationsOf(given.variants.factors).slice(0, MOST_SHOWN).map(({ label }) => label);
	if (first === undefined) return await show(given);
	const shown = await show({ ...given, variant: first });
	const otherVariants: Array<{ variant: string } & Omit<Shown, 'profile' | 'sentTo'>> = [];
	for (const variant of others) {
		const { profile: _profile, sentTo: _sentTo, ...rest } = (await show({ ...given, testRecipient: '', testDevice: '', variant })) as Shown & { profile?: unknown; sentTo?: unknown };
		otherVariants.push({ variant, ...rest } as { variant: string } & Omit<Shown, 'profile' | 'sentTo'>);
	}
	return { ...shown, variant: first, otherVariants };
}
