import { createSesProvider, EngineError } from '../../../engine';
import type { SesAccount, SesConfig } from '../../../engine';
import type { EmailCredential, EmailProviderChoice } from './choice';
import { addressOf, fieldOf } from './credentialFields';

/** The fields of the Journey SES credential. */
export type SesCredential = EmailCredential & {
	region?: string;
	accessKeyId?: string;
	secretAccessKey?: string;
	sessionToken?: string;
	configurationSet?: string;
	/** Separated by commas or blanks. */
	topicArns?: string;
	baseUrl?: string;
};

export function sesConfigOf(credential: SesCredential, connections?: number): SesConfig {
	const region = fieldOf(credential, 'region').toLowerCase();
	const keys = { accessKeyId: fieldOf(credential, 'accessKeyId'), secretAccessKey: fieldOf(credential, 'secretAccessKey') };
	if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw new EngineError('BAD_INPUT', 'The Journey SES credential names no region. Fill in Region, for example eu-west-1.');
	if (Object.values(keys).includes('')) throw new EngineError('BAD_INPUT', 'The Journey SES credential lacks the access key. Fill in Access Key ID and Secret Access Key.');
	const [sessionToken, configurationSet] = [fieldOf(credential, 'sessionToken'), fieldOf(credential, 'configurationSet')];
	return {
		kind: 'ses', region, ...keys,
		...(sessionToken === '' ? {} : { sessionToken }),
		...(configurationSet === '' ? {} : { configurationSet }),
		...addressOf('Journey SES', credential), connections: connections ?? credential.connections ?? 5,
	};
}

export const ses: EmailProviderChoice<SesConfig> = {
	value: 'ses',
	name: 'Amazon SES',
	description: 'Amazon Simple Email Service, by its API. Reports deliveries, bounces and complaints through an SNS topic.',
	credential: 'journeySesApi',
	configOf: sesConfigOf,
	async test({ data }) {
		try {
			const config = sesConfigOf((data ?? {}) as SesCredential);
			const provider = createSesProvider(config);
			try {
				return { status: 'OK', message: inWords(config.region, await provider.account()) };
			} finally {
				await provider.close();
			}
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		}
	},
};

function inWords(region: string, { sandbox, standing, perDay, sentToday, perSecond }: SesAccount): string {
	const quota = perDay < 0 ? `no daily limit, ${perSecond} a second` : `${sentToday} of ${perDay} mails in 24 hours used, ${perSecond} a second`;
	const limits = sandbox ? ` The account is in the sandbox: only verified addresses get mail. Ask for production access in the SES console.` : '';
	return `Connected to Amazon SES in ${region}: ${quota}.${limits}${standing === 'PROBATION' ? ' Amazon is reviewing the account (PROBATION): see the SES console.' : ''}`;
}
