import { routerOf } from '../../shared/operations';
import { GUARDED } from '../guarded';
import * as auditLog from './auditLog/AuditLog.resource';
import * as consent from './consent/Consent.resource';
import * as event from './event/Event.resource';
import * as group from './group/Group.resource';
import * as list from './list/List.resource';
import * as profile from './profile/Profile.resource';
import * as scoreModel from './scoreModel/ScoreModel.resource';
import * as segment from './segment/Segment.resource';
import * as stage from './stage/Stage.resource';
import * as suppression from './suppression/Suppression.resource';
import * as settings from './settings/Settings.resource';

export const router = routerOf({
	auditLog: auditLog.operations,
	consent: consent.operations,
	event: event.operations,
	group: group.operations,
	list: list.operations,
	profile: profile.operations,
	scoreModel: scoreModel.operations,
	segment: segment.operations,
	settings: settings.operations,
	stage: stage.operations,
	suppression: suppression.operations,
}, GUARDED);
