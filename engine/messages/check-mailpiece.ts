import { postalAddress } from '../channels/directmail';
import { EngineError } from '../kernel';
import { countryOf } from '../profiles';
import { checkExtras } from './extras';
import type { ArtworkSource, DirectMailSendRequest, MailpieceMaking } from './types';

/** Lob's limits (API reference, Postcards and Letters): characters of HTML, and of merge variables as JSON. */
export const MOST_HTML = 10_000;
export const MOST_VARIABLES = 25_000;

const VARIABLE_NAME = /^[^\s!"#%&'()*+,/;<=>@[\\\]^`{|}~]+$/;

/** What is wrong for everybody, said before anything is reserved, since each piece costs. Throws BAD_INPUT. */
export function checkMailpiece({ step, content, from, print, items, files = [] }: Pick<DirectMailSendRequest, 'step' | 'items' | 'files'> & Pick<MailpieceMaking, 'content' | 'from' | 'print'>): void {
	const refuse = (what: string): never => {
		throw new EngineError('BAD_INPUT', `"${step.name}" ${what}; nothing was sent.`);
	};
	const sides: Array<[string, ArtworkSource]> = content.kind === 'postcard' ? [['Front', content.front], ['Back', content.back]] : [['Letter', content.letter]];
	for (const [side, artwork] of sides) {
		if (artwork.kind === 'template' && !/^tmpl_[A-Za-z0-9]+$/.test(artwork.id)) refuse(`has no template of Lob's as its ${side}. Its id begins with tmpl_ and stands in Lob under Templates`);
		if (artwork.kind === 'url' && !/^https:\/\/\S{1,256}\.(html?|pdf|png|jpg)$/.test(artwork.url)) refuse(`has no address of a file as its ${side}. It begins with https:// and ends in .pdf, .png, .jpg or .html`);
	}
	if (content.kind === 'letter' && from === null) refuse('sends letters without a sender\'s address. Fill in From');
	if (content.kind === 'letter' && print.letter.extraService !== null && print.mailType === 'usps_standard') refuse('sends certified or registered letters by standard mail, which the post does not do. Choose First Class');
	checkSender(from, refuse);
	const unusable = Object.keys(content.mergeVariables ?? {}).find((name) => !VARIABLE_NAME.test(name));
	if (unusable !== undefined) refuse('has a merge variable whose name has blanks or marks in it. Use letters, digits, - and _');
	checkExtras({ step, items, files });
}

function checkSender(from: MailpieceMaking['from'], refuse: (what: string) => never): void {
	if (from === null) return;
	if ('id' in from) return /^adr_[A-Za-z0-9]+$/.test(from.id) ? undefined : refuse('has no address of Lob\'s as its sender. Its id begins with adr_ and stands in Lob under Addresses');
	const found = postalAddress({ company: '', line2: '', ...from }, (country) => countryOf({ attributes: { country } }));
	if ('reason' in found) refuse(`has no usable sender\'s address: ${found.reason}. Correct From`);
	else if (found.address.country !== 'US') refuse('has a sender\'s address outside of the US, which Lob does not take. Correct From');
}
