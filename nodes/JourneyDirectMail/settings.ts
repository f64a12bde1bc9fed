import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ArtworkSource, DirectMailSendRequest, MailpieceContent, MailpieceMaking } from '../../engine';
import { toNodeError } from '../shared/errors';
import { madeOf, readSending, type Made } from '../shared/fields';
import { ADDRESS_FIELDS } from './addressFields';
import { lobConfigOf, textOf, type LobCredential } from './lob';

export type DirectMailSettings = Pick<DirectMailSendRequest, 'purpose' | 'topic' | 'holding' | 'once' | 'provider' | 'address' | 'from' | 'print'> & Made<MailpieceContent>;

interface Options {
	addressPlacement?: MailpieceMaking['print']['letter']['addressPlacement'];
	color?: boolean;
	connections?: number;
	doubleSided?: boolean;
	extraService?: 'none' | 'certified' | 'certified_return_receipt' | 'registered';
	letterSize?: MailpieceMaking['print']['letter']['size'];
	mailType?: MailpieceMaking['print']['mailType'];
	postcardSize?: MailpieceMaking['print']['postcard']['size'];
}

/** Everything, since all is one for the batch. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions): Promise<DirectMailSettings> {
	return { ...readSending(context), ...madeOf(context, () => contentOf(context)), ...(await carrierOf(context)) };
}

/** Who prints and posts it, how, and from where to where. */
export async function carrierOf(context: IExecuteFunctions): Promise<Pick<DirectMailSettings, 'provider' | 'address' | 'from' | 'print'>> {
	const credential = await context.getCredentials<LobCredential>('journeyLobApi');
	const options = context.getNodeParameter('options', 0, {}) as Options;
	return { address: addressOf(context), from: fromOf(context, credential), print: printOf(options), provider: providerOf(context, credential, options.connections) };
}

function providerOf(context: IExecuteFunctions, credential: LobCredential, connections: number | undefined): DirectMailSettings['provider'] {
	try {
		return lobConfigOf(credential, connections);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

function printOf(options: Options): DirectMailSettings['print'] {
	const { extraService = 'none' } = options;
	return {
		mailType: options.mailType ?? 'usps_first_class',
		postcard: { size: options.postcardSize ?? '4x6' },
		letter: {
			size: options.letterSize ?? 'us_letter', color: options.color ?? false, doubleSided: options.doubleSided ?? true, addressPlacement: options.addressPlacement ?? 'top_first_page',
			extraService: extraService === 'none' ? null : extraService,
		},
	};
}

/** As it was written, never resolved: Liquid's braces are no expression of n8n's. */
function rawOf(context: IExecuteFunctions, name: string): unknown {
	return context.getNodeParameter(name, 0, '', { rawExpressions: true });
}

export function contentOf(context: IExecuteFunctions): MailpieceContent {
	const { values = [] } = (rawOf(context, 'mergeVariables') || {}) as { values?: IDataObject[] };
	const variables = Object.fromEntries(values.map(({ name, value }) => [String(name ?? '').trim(), String(value ?? '')]).filter(([name]) => name !== ''));
	const mergeVariables = Object.keys(variables).length === 0 ? {} : { mergeVariables: variables };
	if (context.getNodeParameter('piece', 0) === 'letter') return { kind: 'letter', letter: artworkOf(context, 'letter', 'Letter'), ...mergeVariables };
	return { kind: 'postcard', front: artworkOf(context, 'front', 'Front'), back: artworkOf(context, 'back', 'Back'), ...mergeVariables };
}

function artworkOf(context: IExecuteFunctions, name: 'front' | 'back' | 'letter', shown: string): ArtworkSource {
	const source = String(context.getNodeParameter(`${name}Source`, 0, 'html'));
	if (source === 'file') return { kind: 'file' };
	if (source === 'template') return { kind: 'template', id: String(rawOf(context, `${name}Template`) ?? '').trim() };
	if (source === 'url') return { kind: 'url', url: String(rawOf(context, `${name}Url`) ?? '').trim() };
	const html = String(rawOf(context, `${name}Html`) ?? '');
	if (html.trim() !== '') return { kind: 'html', source: html };
	throw new NodeOperationError(context.getNode(), `'${shown} HTML' is empty`, { description: 'Write what is printed, or choose another source.' });
}

function addressOf(context: IExecuteFunctions): DirectMailSettings['address'] {
	return Object.fromEntries(Object.entries(ADDRESS_FIELDS).map(([part, field]) => [part, String(rawOf(context, field) ?? '')])) as DirectMailSettings['address'];
}

/** The first that there is: a saved address, a written one, the one in the credential. */
function fromOf(context: IExecuteFunctions, credential: LobCredential): DirectMailSettings['from'] {
	const id = String(context.getNodeParameter('fromId', 0, '') ?? '').trim();
	if (id !== '') return { id };
	const given = context.getNodeParameter('from', 0, {}) as IDataObject;
	const part = (name: string): string => String(given[name] ?? '').trim();
	if (Object.keys(given).some((name) => part(name) !== '')) {
		return {
			name: part('name'), line1: part('line1'), city: part('city'), state: part('state'), postalCode: part('postalCode'), country: 'US',
			...(part('company') === '' ? {} : { company: part('company') }), ...(part('line2') === '' ? {} : { line2: part('line2') }),
		};
	}
	const saved = textOf(credential, 'from');
	return saved === '' ? null : { id: saved };
}
