import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { createSmsProvider, EngineError } from '../../../engine';
import type { SmsConfig } from '../../../engine';

/** One service that Journey SMS offers. */
export interface SmsProviderChoice {
	/** Of the parameter Provider, and of the engine's configuration. */
	value: SmsConfig['kind'];
	/** In the dropdown. */
	name: string;
	description: string;
	/** Name of its credential type. Ends in `Api`; its test is called the same with `Test`. */
	credential: string;
	/** The engine's configuration from the credential. Throws BAD_INPUT naming what the credential lacks. */
	configOf(fields: Fields): SmsConfig;
}

/** What every credential of Journey SMS holds besides what its service needs. */
export type SmsCredential = ICredentialDataDecryptedObject & { from?: string };

/** The fields of one credential, without the spaces that copying leaves. */
export class Fields {
	constructor(
		private readonly credential: ICredentialDataDecryptedObject,
		private readonly name: string,
	) {}

	/** Throws BAD_INPUT when it is empty. `displayName` as in the credential's panel. */
	required(field: string, displayName: string): string {
		const value = this.text(field);
		if (value === '') throw new EngineError('BAD_INPUT', `The ${this.name} credential has no ${displayName}. Fill it in.`);
		return value;
	}

	text(field: string): string {
		return String(this.credential[field] ?? '').trim();
	}

	/** For a field that may be left out: {} when it is empty. */
	optional<Key extends string>(field: Key): Partial<Record<Key, string>> {
		return this.optionalAs(field, field);
	}

	/** The same of one that the engine calls otherwise. */
	optionalAs<Key extends string>(field: string, as: Key): Partial<Record<Key, string>> {
		const value = this.text(field);
		return value === '' ? {} : ({ [as]: value } as Record<Key, string>);
	}

	value(field: string): unknown {
		return this.credential[field];
	}
}

/** The Test button: logs in by the engine, as a send would, and sends nothing. */
export function connectionTest({ name, configOf }: SmsProviderChoice) {
	return async function (this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult> {
		try {
			const provider = createSmsProvider(configOf(new Fields(credential.data ?? {}, name)));
			try {
				await provider.verify();
			} finally {
				await provider.close();
			}
			return { status: 'OK', message: `Connected to ${name}` };
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		}
	};
}
