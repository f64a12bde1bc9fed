import type {
	ICredentialDataDecryptedObject,
	ICredentialTestFunctions,
	ICredentialsDecrypted,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { createEmailProvider } from '../../../engine';
import type { EmailConfig } from '../../../engine';

/** One delivery service that Journey Email offers. */
export interface EmailProviderChoice<Config extends EmailConfig = EmailConfig> {
	/** Of the parameter Provider, and of the engine's configuration. */
	value: Config['kind'];
	/** In the dropdown. */
	name: string;
	description: string;
	/** Name of its credential type, which also holds `fromAddress` and `fromName`. Ends in `Api`; its test is called the same with `Test`. */
	credential: string;
	/** The engine's configuration from the credential. `connections` of the node wins. Throws BAD_INPUT naming what the credential lacks. */
	configOf(credential: ICredentialDataDecryptedObject, connections?: number): Config;
	test(this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult>;
}

/** What every credential of Journey Email may hold besides what its service needs. */
export type EmailCredential = ICredentialDataDecryptedObject & {
	fromName?: string;
	fromAddress?: string;
	connections?: number;
};

/** The Test button: connects and authenticates by the engine, as a send would. `where`: what it connected to. */
export function connectionTest<Config extends EmailConfig>(configOf: EmailProviderChoice<Config>['configOf'], where: (config: Config) => string): EmailProviderChoice<Config>['test'] {
	return async function (credential) {
		try {
			const config = configOf(credential.data ?? {});
			const provider = createEmailProvider(config);
			try {
				await provider.verify();
			} finally {
				await provider.close();
			}
			return { status: 'OK', message: `Connected to ${where(config)}` };
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		}
	};
}
