/** What AWS's clients say where settings of the machine are wrong, in words that name the setting. */

/** A client of the SDK, as far as its region goes. */
interface InRegion {
  config: { region: () => Promise<string> };
}

/**
 * @param stackName that was asked for
 * @returns the error with what was tried and what to set, where it is one of these; else itself
 */
export async function explainAws(error: Error, client: InRegion, stackName: string): Promise<Error> {
  const advice = await adviceFor(error, client, stackName);
  return advice === undefined
    ? error
    : new Error(`${error.message.replace(/\.$/, '')}: ${advice}`, { cause: error });
}

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken(Exception)?)$/;

async function adviceFor(
  { name, message }: Error,
  client: InRegion,
  stackName: string,
): Promise<string | undefined> {
  if (message === 'Region is missing') {
    return `set AWS_REGION, or a region for ${profile()} in ~/.aws/config`;
  }
  const place = `region ${await client.config.region()}, ${profile()}`;
  if (CREDENTIALS.test(name)) {
    return `${place}; set AWS_PROFILE to a profile of ~/.aws that has credentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with aws sso login`;
  }
  if (name === 'ValidationError' && message.includes('does not exist')) {
    return `${place}; --stack takes the name that the app was deployed under (-c name=…, stepnet without it), and AWS_REGION and AWS_PROFILE say where`;
  }
  if (/^AccessDenied/.test(name))
    return `${place}; these credentials need cloudformation:DescribeStacks on ${stackName}`;
  if (/ENOTFOUND|EAI_AGAIN/.test(message))
    return `${place}; is the region's name right, and is there a network?`;
  return undefined;
}

export const profile = (): string => `profile ${process.env.AWS_PROFILE ?? 'default'}`;
