import type { ICredentialDataDecryptedObject, ICredentialType } from 'n8n-workflow';

import { JourneyBirdApi } from '../../../credentials/JourneyBirdApi.credentials';
import { JourneyHttpSmsApi } from '../../../credentials/JourneyHttpSmsApi.credentials';
import { JourneyInfobipApi } from '../../../credentials/JourneyInfobipApi.credentials';
import { JourneyPlivoApi } from '../../../credentials/JourneyPlivoApi.credentials';
import { JourneySinchApi } from '../../../credentials/JourneySinchApi.credentials';
import { JourneySolapiApi } from '../../../credentials/JourneySolapiApi.credentials';
import { JourneyTelnyxApi } from '../../../credentials/JourneyTelnyxApi.credentials';
import { JourneyTwilioApi } from '../../../credentials/JourneyTwilioApi.credentials';
import { JourneyVonageApi } from '../../../credentials/JourneyVonageApi.credentials';

export const ALL: ICredentialType[] = [
	new JourneyBirdApi(), new JourneyHttpSmsApi(), new JourneyInfobipApi(), new JourneyPlivoApi(), new JourneySinchApi(), new JourneySolapiApi(), new JourneyTelnyxApi(), new JourneyTwilioApi(), new JourneyVonageApi(),
];

/** Each field with its default, and where that is empty with something that can be used; calls go to `url`. */
export function dataOf(credential: string, url: string): ICredentialDataDecryptedObject {
	const type = ALL.find(({ name }) => name === credential);
	const data = Object.fromEntries((type?.properties ?? []).map((property): [string, ICredentialDataDecryptedObject[string]] => {
		if (property.name === 'privateKey' || property.name === 'applicationId') return [property.name, ''];
		if (/url$/i.test(property.name)) return [property.name, property.name === 'testUrl' ? `${url}/balance` : url];
		if (property.type !== 'string' || property.default !== '') return [property.name, property.default as string];
		return [property.name, property.typeOptions?.password === true ? 'secret-of-ours' : 'x'];
	}));
	return data;
}
