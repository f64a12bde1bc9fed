import { NodeOperationError } from 'n8n-workflow';
import type { ICredentialDataDecryptedObject, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { CALLBACK_PROVIDERS } from '../../engine';
import type { CallbackProvider, CallbackSecrets } from '../../engine';

type Context = Pick<ITriggerFunctions | IWebhookFunctions, 'getNodeParameter' | 'getCredentials' | 'getNode'>;

/** The providers chosen under Delivery Reports From. */
export function chosenProviders(context: Pick<Context, 'getNodeParameter'>): CallbackProvider[] {
	const chosen = context.getNodeParameter('reportsFrom', []) as unknown;
	return CALLBACK_PROVIDERS.filter(({ name }) => Array.isArray(chosen) && chosen.includes(name));
}

/** What the signatures of these providers' callbacks are checked with, from their credentials. Throws where one has nothing to check with. */
export async function callbackSecretsOf(context: Context, providers: readonly CallbackProvider[]): Promise<CallbackSecrets> {
	const all: CallbackSecrets = {};
	for (const provider of providers) {
		const credential: ICredentialDataDecryptedObject = await context.getCredentials(provider.credential);
		const secrets = Object.fromEntries(Object.entries(provider.secrets).map(([name, field]) => [name, typeof field === 'string' ? textOf(credential[field]) : listOf(credential[field.list])]));
		if (Object.values(secrets).every((secret) => secret.length === 0)) {
			throw new NodeOperationError(context.getNode(), `The credential of ${provider.title} has nothing to check delivery reports with`, {
				description: `Open the credential of ${provider.title}, fill in what its section on delivery reports asks for, and enter the same at ${provider.title}. Or take ${provider.title} out of 'Delivery Reports From'.`,
			});
		}
		all[provider.name] = { ...secrets, ...Object.fromEntries(Object.entries(provider.calls ?? {}).map(([name, field]) => [name, textOf(credential[field])])) };
	}
	return all;
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}

function listOf(value: unknown): string[] {
	return textOf(value).split(/[\s,;]+/).filter((part) => part !== '');
}
