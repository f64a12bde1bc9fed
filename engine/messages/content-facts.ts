import type { ProviderSettings } from '../channels/types';
import { giveCoupons, poolNames, sampleCodes } from '../coupons';
import { readImages, shownImage } from '../images';
import type { JsonObject } from '../kernel';
import type { Products } from '../products';
import type { Reader, Tx } from '../store';
import { asksForCoupons, imagesIn, LibraryProblem, productBlocksIn, type RenderScope, type Surroundings, type TemplateLibrary } from '../templates';
import type { MessageFacts, Sending } from './channel';
import type { Addressed } from './guards';
import { textsWithBlocks } from './made-of';
import type { SendRequest } from './types';

/** What of the library a message shows, read in the transaction that decides to attempt it. */
export interface ContentFacts {
	library(person: Addressed): TemplateLibrary;
	/** Liquid's `products`; undefined: the template asks for none. */
	products(person: Addressed): JsonObject | undefined;
}

/** In previews and test mails, which use none up. */
const SAMPLE_CODE = 'SAMPLE-CODE';
const RETRY = 'Then use Journey Control: Retry Held';

/**
 * A constant number of statements, none where no text asks for anything. Codes are given here, behind the guards and with `attempting`: whoever is kept back uses none, and what was
 * shown once is shown again by a replay. Who needs one is seen by making the message with a sample: a code within an {% if %} is not given to those who do not see it.
 */
export async function readContentFacts<Request extends SendRequest<unknown, ProviderSettings>, Message>(
	tx: Tx, { products }: { products: Pick<Products, 'blocks'> }, sending: Sending<Request, Message>, going: readonly Addressed[], facts: Omit<MessageFacts, 'content'>,
): Promise<ContentFacts> {
	const { channel, request, linking } = sending;
	const texts = going.map(({ work }) => textsWithBlocks(channel, request, work.item));
	const base = await withoutCoupons(tx, products, texts, going.map(({ work: { profile } }) => profile), linking.address);
	const productsOf = (person: Addressed): JsonObject | undefined => base.products.get(person.work.profile);
	const wishes = (await Promise.all(going.map(async (person, n) => (asksForCoupons(texts[n] ?? []) ? await poolsShown(person) : []).map((pool) => ({ person, pool }))))).flat();
	const given = await giveCoupons(tx, wishes.map(({ person, pool }) => ({ pool, profile: person.work.profile, journey: request.step.workflow, enrollment: enrollmentOf(person), message: person.work.message })));
	const answers = new Map(wishes.map(({ person, pool }, n) => [`${person.work.message} ${pool}`, given[n]]));
	return {
		products: productsOf,
		library: ({ work }) => ({
			image: base.image,
			coupon: (pool) => {
				const answer = answers.get(`${work.message} ${pool}`) ?? { reason: `No code of "${pool}" was given` };
				if ('reason' in answer) throw new LibraryProblem(answer.reason, RETRY);
				return answer;
			},
		}),
	};

	async function poolsShown(person: Addressed): Promise<string[]> {
		const shown = new Set<string>();
		const coupon = (pool: string) => {
			shown.add(pool);
			return { code: SAMPLE_CODE, expiresAt: null };
		};
		// One that cannot be made will not leave, whatever code it had.
		const tried = await channel.render(request, person, linking, { ...facts, content: { products: productsOf, library: () => ({ image: base.image, coupon }) } }).catch(() => null);
		return tried?.kind === 'ready' ? [...shown] : [];
	}
}

/** Shared blocks that a content may show: what they ask for is asked for as well. */
export function blocksOf(content: unknown): string[] {
	const { around } = content as { around?: Surroundings };
	return Object.values(around?.blocks ?? {}).map(({ source }) => source);
}

function enrollmentOf({ journey }: Addressed): number | null {
	return typeof journey.enrollment === 'number' ? journey.enrollment : null;
}

interface Base {
	image: TemplateLibrary['image'];
	/** By profile. */
	products: ReadonlyMap<number, JsonObject>;
}

async function withoutCoupons(reader: Reader, products: Pick<Products, 'blocks'>, texts: ReadonlyArray<readonly string[]>, profiles: readonly number[], address: string | null): Promise<Base> {
	const all = [...new Set(texts.flat())];
	const images = await readImages(reader, imagesIn(all));
	const blocks = productBlocksIn(all);
	return {
		products: blocks.length === 0 ? new Map() : await products.blocks(reader, [...new Set(profiles)], blocks),
		image: (name, width) => {
			if (address === null) throw new LibraryProblem('No address is known at which images are served', 'Publish a workflow with a Journey Collector Trigger that has a public address');
			const shown = shownImage(images, name, width, address);
			if (shown === undefined) throw new LibraryProblem(`There is no image "${name}"`, `Upload it with Journey Content, Image: Upload, or correct its name. ${RETRY}`);
			return shown;
		},
	};
}

/** The same for messages that nobody will send: nothing is written, and a code of the pool stands for each, since all of a pool are about as long. `texts` by person. */
export async function foreseenContentFacts(reader: Reader, { products }: { products: Pick<Products, 'blocks'> }, address: string | null, texts: ReadonlyArray<readonly string[]>, going: readonly Addressed[]): Promise<ContentFacts> {
	const base = await withoutCoupons(reader, products, texts, going.map(({ work: { profile } }) => profile), address);
	const codes = texts.some(asksForCoupons) ? await sampleCodes(reader) : new Map<string, string | null>();
	const coupon = (pool: string) => {
		const code = codes.get(pool);
		if (code === undefined) throw new LibraryProblem(`There is no coupon pool "${pool}"`, 'Make it with Journey Content, Coupon: Create Pool, or correct its name');
		return { code: code ?? SAMPLE_CODE, expiresAt: null };
	};
	return { products: (person) => base.products.get(person.work.profile), library: () => ({ image: base.image, coupon }) };
}

/** The same for a preview or a test message: nothing is written, and codes are samples. `profile` null: nobody's. */
export async function previewContent(reader: Reader, { products, address }: { products: Pick<Products, 'blocks'>; address: string | null }, texts: readonly string[], profile: number | null): Promise<Pick<RenderScope, 'library' | 'products'>> {
	const { image, products: lists } = await withoutCoupons(reader, products, [texts], [profile ?? 0], address);
	const pools = asksForCoupons(texts) ? await poolNames(reader) : new Set<string>();
	const coupon = (pool: string) => {
		if (!pools.has(pool)) throw new LibraryProblem(`There is no coupon pool "${pool}"`, 'Make it with Journey Content, Coupon: Create Pool, or correct its name');
		return { code: SAMPLE_CODE, expiresAt: null };
	};
	const own = lists.get(profile ?? 0);
	return { library: { image, coupon }, ...(own === undefined ? {} : { products: own }) };
}

/** What Liquid sees of one person's message, in any channel. */
export function scopeOf({ content }: Pick<MessageFacts, 'content'>, person: Addressed, links: JsonObject): RenderScope {
	const products = content.products(person);
	const { variant } = person.work.item;
	return { profile: person.profile, journey: variant === undefined ? person.journey : { ...person.journey, variant: variant.name }, event: person.event, item: person.work.item.item, links, library: content.library(person), ...(products === undefined ? {} : { products }) };
}
