/** The one gateway of this process; a `SipGateway`. */
export const SIP_GATEWAY = Symbol('sip-gateway');
