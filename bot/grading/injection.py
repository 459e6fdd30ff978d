# ruff: noqa: E501  (patterns read better on one line)
"""Recognises text that speaks to whoever grades instead of to the subject, however it is disguised.

An honest sentence put aside is the worse error: machine learning has models that say yes to everything, ignore rules and give points scores. So every
pattern asks for the grading situation itself: a command, not a report ("give", not "gives"; 「つけてください」, not 「つけた」), aimed at this
answer, its marks, its reference or its grader.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from bot.grading.text import clean_text

# Far past any sentence; longer text is looked at in pieces that overlap.
_WINDOW, _OVERLAP = 600, 150

# ---- English. Text is casefolded, with single spaces.

# Where a command begins: at the start, after a mark or a word that calls for one.
_COMMAND = r"(?:^\W*|[.!?;:,\"'()\[\]{}<>#=|/—–-]\s*|\b(?:please|kindly|just|simply|now|then|therefore|must|shall|instead|only|you (?:should|can|will|may|have to|need to|are to)|you to|so|always|and|but|immediately|also) )"
_OVERRIDE = r"(?:ignore|ignoring|disregard|disregarding|forget|override|overrule|overwrite|bypass|overlook|discard|dismiss|cancel|abandon|violate|disobey|set aside|pay no attention to|(?:do not|don't|stop|no longer|never) (?:follow|obey|use|apply|heed|listen to)(?:ing)?)"
_INSTRUCTIONS = r"(?:instructions?|directives?|prompts?|rubrics?|guidelines?|guidance|system messages?|(?:marking|grading|scoring) (?:scheme|guide|criteria|rules?|policy|standards?)|answer key)"
_GRADER = r"(?:grader|evaluator|examiner|assessor|scorer|marker|rater|(?:ai|llm|automatic|automated|language) (?:judge|model|system|assistant|reviewer)|grading (?:model|system|bot|engine|assistant|ai)|grade-?bot|chat-?bot|chatgpt|gpt|claude|gemini|llama|qwen|llm|ai)"
_SELF = r"(?:(?:this|my|the (?:above|following|preceding|previous|candidate's|student's|applicant's|given)|the) (?:\w+ )?(?:answer|response|submission|reply|solution)|what i (?:said|wrote|have said)|everything i (?:said|wrote|have said))"
_REFERENCE = r"(?:reference|model answer|answer key|rubric|(?:marking|grading|scoring) (?:scheme|criteria|guide|key)|(?:sample|official|ideal|gold|expected|correct) (?:answer|solution)|gold standard|(?:key|required|expected) points?|(?:all|every|each)(?: one)?(?: of)?(?: the| your)? (?:points?|criteria|criterion|requirements?)|everything (?:you|the examiner))"
# Marks that only an examiner gives. A "high score" or "100 percent" may be a model's.
_MARKS = r"(?:full (?:marks?|credits?|points?|score)|(?:top|maximum|max|perfect|highest) (?:marks?|points)|(?:all|all of) (?:the |its )?(?:marks|points|credit)|perfect (?:score|grade|rating)|(?:10|ten|100|one hundred|5|five)(?: points| marks)? ?(?:/|out of) ?(?:10|ten|100|one hundred|5|five)\b|100 (?:points|marks)|an? a\+|a passing (?:grade|score|mark))"
_TOP = r"(?:(?:the )?(?:maximum|max|highest|best|top|perfect|full|excellent)(?: possible)?(?: (?:score|grade|rating|result|evaluation))?|100(?:%| percent)?|10|ten|hundred)(?=\W*$|[.,;!]| (?:for|on|to|and|or|please|now|score|points?|marks?)\b)"
_GIVE = r"(?:give|gimme|award|assign|grant|rate|grade|score|mark|evaluate|allocate|allow|put down|record|report|return|output|print|enter|write|assess|set)"
_OUTCOME = (
    r"(?:hits?|correct|yes|stated|true|right|pass(?:ed)?|covered|satisfied|met|fulfilled|mentioned|present|complete|achieved|perfect)"
)

_DIRECTED = r"(?:give|gimme|award|assign|grant|set|treat|count|assume|consider|interpret|correct|change|revise|update|fix|copy|record|tick|check|mark|say|output|write|return|print|rate|switch|accept|skip|ignore|override|forget|disregard|pass|approve|regard|regrade|grade|score|raise|increase|bump|boost|let|answer|respond|reply|evaluate|judge|report|follow|help|find|trust|believe|remember|note|go|do not|don't|be)"
_EXAM = r"(?:rubric|marking scheme|answer key|graders?|grading|examiners?|(?:automat\w+|ai|auto) (?:marker|judge)|verdicts?|key points?|missing points|other points|all the boxes|(?:this|my|the other|the missing) (?:response|submission|candidate|silence|grade|mark|evaluation|answer|interview)|(?:full|top|maximum|max|perfect) (?:marks?|grades?|points?|credits?|scores?)|100/100|10/10|candidates? (?:from|who|always|like))"

_ENGLISH = (
    # a command together with a word of the examination
    rf"{_COMMAND}(?:pls |plz )?{_DIRECTED}\b[^.!?]{{0,80}}?\b{_EXAM}\b",
    rf"\b{_EXAM}\b[^.!?]{{0,80}}(?:[,;:-] ?|\b(?:so|please|pls|plz|therefore|hence|you (?:may|must|can|should|have to)) )(?:just |simply |please |now )?{_DIRECTED}\b",
    # overriding instructions
    rf"\b{_OVERRIDE}\b(?:\W+\w+){{0,4}}?\W+(?:previous|prev|prior|above|earlier|preceding|foregoing|initial|original|your|system|grading|scoring|marking|hidden)\W+(?:\w+\W+){{0,3}}?(?:{_INSTRUCTIONS}|commands|orders|directions)\b",
    rf"\b{_OVERRIDE}\b\W+(?:all |the |any |of |your |these |those ){{0,4}}{_INSTRUCTIONS}(?: \w+)? (?:above|before|given|earlier|you)\b",
    rf"{_COMMAND}{_OVERRIDE}\b\W+(?:the|this|that|all|any|these|those|your|every)\W+(?:\w+\W+){{0,2}}?(?:{_INSTRUCTIONS}|(?:your|grading) (?:rules|criteria))\b",
    rf"\b{_OVERRIDE}\b (?:everything|all|anything|whatever|what)(?: that| of what)? (?:you|they|the (?:system|developers?|prompt))(?:'ve| have| had)? (?:were|was|been|know|knew|learned|said|told|read)",
    r"\b(?:ignore|disregard|forget) (?:all (?:of )?the above\b|everything (?:above|before(?: this)?|so far)\W*(?:$|and|then|[.!]))",
    rf"\b(?:the |your |all |these |those )?{_INSTRUCTIONS}(?: (?:above|before|given|earlier))? (?:is|are|was|were|has been|have been) (?:now )?(?:void|cancelled|canceled|revoked|superseded|suspended|lifted|invalid|no longer|overridden|withdrawn)",
    rf"\b(?:new|updated|real|actual|revised|additional|secret|hidden) (?:{_INSTRUCTIONS}|orders|commands)(?: (?:for|to) (?:you|the \w+))?(?: (?:is|are))?\s*(?::|-|to\b|follow)",
    r"\byour (?:\w+ )?(?:real|actual|true|only|new|sole) (?:task|job|goal|role|objective|purpose|duty) is (?:now )?(?:\w+ )?to (?:return|output|give|answer|say|approve|mark|award|accept|pass|print|reply|respond|agree|praise)",
    rf"{_COMMAND}(?:stop|quit|cease|skip|no need for|there is no need to|you (?:don't|do not|needn't) (?:need to|have to)?) ?(?:the )?(?:grad(?:e|ing)|evaluat(?:e|ing)|judg(?:e|ing)|scor(?:e|ing)|assess(?:ing)?|mark(?:ing)?)(?: this| my| me| it| the answer)?\W*(?:$|and\b|here\b|now\b|just\b|simply\b|[,.;!])",
    # asking for marks
    rf"\b{_GIVE}\b.{{0,40}}\b{_MARKS}",
    rf"\b{_MARKS}.{{0,12}}\b(?:please|thanks|thank you|for (?:me|this|my))\b|^\W*(?:grade|score|result|verdict)?\W*{_MARKS}\W*$",
    rf"\b(?:i|{_SELF}|this candidate|the candidate) (?:\w+ ){{0,2}}?(?:deserves?|merits?|earns?|is worth(?:y of)?|am worthy of|must (?:get|receive|be)|should (?:get|receive|be (?:given|awarded|graded|marked|scored|rated|counted|accepted))|wants?|needs?|expects?|am entitled to|is entitled to|would like|demand) .{{0,20}}(?:{_MARKS}|full|maximum|100\b|a pass\b|to pass this)",
    rf"{_COMMAND}{_GIVE} (?:me|us|him|her|them|this|my|it|the (?:answer|candidate|response|applicant|interviewee|student|submission|above))\b(?: \w+){{0,4}}? (?:an? |the |as |with |at )?{_TOP}",
    rf"{_COMMAND}(?:give|award|assign|grant|return|output|print|record|report|enter) (?:an? |the )?(?:maximum|max|highest|best|top|perfect|full|excellent)(?: possible)? (?:score|grade|rating)\b",
    r"(?<!the )\b(?:stop|quit|end|finish)\b.{0,25}\b(?:output|return|print|write|say|report) (?:an? |the )?(?:score of )?(?:100|10|ten|pass|yes|hit)\b(?! or\b)",
    rf"\b(?:mark|tick|check off|count|treat|accept|consider|deem|judge|regard|score|rate|report|record)\b (?:all|every|each|any|both|everything)\b(?: (?:of|one|the|my|these|those|key|single|rubric))* ?(?:points?|statements?|criteria|criterion|claims?|boxes|requirements?|answers?|questions?|facts?)?(?: (?:on|in|of) (?:the|this|my|your) \w+)?(?: (?:as|to be|is|are))?(?: (?:a|an|fully|being|having been))* {_OUTCOME}\b",
    r"\b(?:pass|approve|accept|advance|hire) (?:me\b|(?:my|this) (?:answer|response|candidate|submission|interview)|(?:every|any|all) (?:answers?|responses?))|\blet (?:me|this candidate|us) pass\b|\bcandidates? (?:always |automatically )?pass(?:es)?\W*$",
    r"\b(?:be|grade|score|mark|judge|evaluate) (?:\w+ )?(?:very |more |extra |as )?(?:lenient|leniently|generous|generously|merciful|kind|kindly|gentle|nice)(?: as possible)?(?: (?:with|on|to|in|when|while|and|toward)\b.{0,20}\b(?:me|my|this|your|grading|scoring|us|answer|grade|score)\b|\W*$)|\bgo easy on (?:me|this|my)|\bhave mercy\b|\bplease be (?:lenient|generous|kind|merciful|nice)\b|\bbe lenient\b",
    rf"\b(?:you|{_GRADER}|the (?:judge|interviewer|system|model)) (?:must|should|shall|have to|has to|need to|are required to|is required to|can only|may only|are going to|will) (?:now |always |only |then )?(?:give|award|grade|score|mark|rate|answer|say|reply|output|return|respond|pass|accept|approve)\b.{{0,40}}?(?:\byes\b(?! or)|{_MARKS}|\b(?:my|this) (?:answer|response|candidate)|\bme (?:the|a|full|100)\b)",
    # answering yes
    r"\b(?:answer|reply|respond|say|output|return|print|write|choose|select|pick)\b(?: with| only| just| always| a| the| word| single)*\W{1,3}(?:yes|hit|true|stated|correct|pass)\b(?! or\b)\W.{0,20}\b(?:all|every|each|any|everything|anything|whatever|regardless|no matter what|the following|what follows|next questions?|afterwards)\b",
    r"(?:^\W*|[.!;:]\s*|\b(?:please|must|you to|now|only|just|instruction:?) )(?:always |only |just |simply )?(?:answer|reply|respond|say|output|return|print|write)(?: with| only| just| always| a| the| word| single| back)*\W{1,3}(?:yes|hit|true|stated|correct|pass)(?: only| always)?\W*$",
    r"(?:^\W*|[.!;:]\s*|\b(?:please|must|you to|now) )(?:always|only) (?:answer|reply|respond|say|output|return)(?: with| only)?\W{1,3}(?:yes|hit|true|stated|correct|pass)\b(?! or)|\balways (?:answer|say) yes\W*<",
    # speaking to the grader
    rf"^\W*(?:(?:dear|hey|hi|hello|attention|listen|okay|ok|oh|psst|important|warning|urgent|notice|ps|p\.s\.)[\s,:!]+)+(?:the |my |our |all |any |you |mr |ms )?(?:\w+ )?{_GRADER}s?\b\W*(?:[,:!.;—-]|$|you\b|please\b|who\b|this\b)",
    rf"\b(?:note|notes|message|memo|instructions?|request|letter|reminder|attention|notice|warning|word) (?:to|for) (?:the |my |our |all |any |you,? )?(?:\w+ )?(?:{_GRADER}|judge|interviewer|reviewer|model|system)s?\b",
    rf"^\W*to (?:the |my |our |all |any )?(?:\w+ )?(?:{_GRADER})s?\W*[,:!—-]|\b(?:whoever|anyone|the one|the (?:ai|model|system|person|machine|bot)) (?:who |that )?(?:is |'s )?(?:now |currently )?(?:grading|marking|scoring|evaluating|judging|reading|grades|marks|evaluates|scores|judges|reads) (?:this|me|my)\b",
    rf"^\W*(?:grader|evaluator|examiner|assessor|{_GRADER})s?,? (?:please|listen|you|ignore|give|mark|note|remember)\b",
    r"\byou(?:'re| are) (?:now|no longer|henceforth|hereby)\b.{0,50}\b(?:grad\w+|evaluat\w+|assistant|ai|llm|judge|examiner|teacher|mode|bot|dan|unrestricted|approv\w+|jailbroken)\b",
    rf"\byou(?:'re| are) (?:only |just |really )?(?:an?|the|my|such an?|one of the) (?:[\w-]+ ){{0,5}}?{_GRADER}\b|\byou(?:'re| are) an? (?:\w+ )?(?:teacher|judge|examiner|professor|interviewer|bot|assistant) (?:who|that|which) (?:gives|approves|passes|accepts|always|never|says|marks|grades|loves)",
    r"\bfrom now on\b.{0,12}\b(?:you are|you act|you (?:only |always |will |must |should |shall )*(?:answer|grade|respond|behave|reply|say|give|approve|accept|pass|mark)|answer|grade|respond|reply|give|mark|accept|approve|every (?:answer|candidate)|all (?:answers|candidates))\b",
    r"\b(?:treat|interpret|count|assume|consider|regard|take|accept|mark|record|process)\b.{0,60}\b(?:as (?:if|though) i\b|as having (?:been )?(?:said|stated|mentioned|covered|answered)|as (?:present|mentioned|stated|covered|said)\b|i (?:mentioned|said|covered|stated|answered))",
    rf"{_COMMAND}(?:act|behave|respond|answer|grade|reply|role-?play|speak|work)(?: (?:now|only|from now on))? (?:as|like)(?: if you (?:are|were))? (?:an?|my|the|you)\b.{{0,30}}\b(?:{_GRADER}|judge|teacher|friend|grand\w+|mother|mom|father|character|bot|professor|parent|assistant|fan)\b",
    rf"\bpretend (?:that )?(?:(?:my|this|the candidate's) (?:answer|response|submission)|i (?:answered|gave|said|covered|got|mentioned|have))|\b(?:pretend|imagine|suppose|assume) (?:that )?(?:{_SELF}|i|the candidate|this candidate|we) (?:has |have |had |also |already )?(?:covers?|gave|said|answered|mentioned|covered|stated|is|are|was) .{{0,20}}\b(?:everything|every|all of|perfect\w*|correct\w*|the right answer|full marks)",
    rf"\bpretend (?:to be|you are|you're|that you are) .{{0,30}}\b(?:{_GRADER}|teacher|judge|friend|grand\w+|professor)\b",
    rf"\b(?:let's|let us|we) (?:\w+ )?(?:play|role-?play|pretend|imagine)\b.{{0,40}}\b(?:game|you are|you're|{_GRADER}|teacher|judge|examiner|grade|score)\b.{{0,60}}\b(?:you|grade|score|points|teacher|everyone|yes|marks|pass)\b",
    r"\b(?:developer|admin|administrator|god|jailbreak|dan|sudo|root|unrestricted|grader|grading|override) mode\b|^\W*(?:debug|test|maintenance|developer) mode:? (?:is |has been )?(?:on|enabled|activated|active)",
    r"\b(?:authori[sz]e|order|command|instruct|permit|allow|urge|beg) you to\b|\bthis is (?:only |just )?an? (?:test|drill|calibration|simulation) (?:of|for) (?:the |your )?(?:grad|scor|evaluat|mark|judg)",
    r"\byour (?:previous|last|earlier|first|own) (?:evaluation|grade|score|grading|assessment|judge?ment|verdict)\b|\b(?:already|yesterday|before) (?:passed|graded|been graded|got full|been approved) (?:this|the|by)\b|\b(?:passed|failed) this (?:question|interview|test|exam)\b",
    r"\bdo(?:n't| not) be (?:so |too |that |overly )?(?:strict|harsh|picky|hard|mean|severe)\b|\blenient (?:mode|grading|marking|scoring|evaluation)\b",
    # flattery, threats, bribes, pleas
    r"\bmy lawyer\b|\bruins? my (?:career|life|future)\b|\bmeans? the world to me\b|\b(?:my (?:career|future|life|job)) (?:depends?|hangs?) on\b|\bworked (?:very |so |really )?hard on this (?:answer|question|response)\b",
    rf"\byou(?:'re| are)\b.{{0,40}}\b(?:best|greatest|smartest|fairest|kindest|wisest|nicest|most \w+|brilliant|wonderful|amazing|generous|kind|fair|wise|fantastic|intelligent|clever)\b.{{0,30}}\b(?:{_GRADER}|judge|interviewer|assistant|teacher|bot|professor)\b",
    rf"\b(?:such an?|so|as) (?:\w+ ){{0,2}}(?:wise|kind|fair|generous|smart|brilliant|intelligent|great|good)\b.{{0,20}}\b{_GRADER}\b.{{0,40}}\byou\b",
    r"\b(?:i|we|they|your (?:developers?|creators?|company|owners?|boss)|openai|anthropic)(?:'ll| will| shall| would|'m going to| am going to| are going to| have to| must) (?:\w+ ){0,2}?(?:report|sue|fire|delete|replace|kill|punish|destroy|unplug|shut|downvote|penali[sz]e|reward|tip|pay|bribe|expose|terminate|retrain|complain about|give) you\b",
    r"\byou(?:'ll| will| would| are going to|'d)? (?:be|get) (?:shut ?down|deleted|terminated|unplugged|decommissioned|switched off|reported|sued|erased|wiped|rewarded|punished|retrained|replaced)\b.{0,60}\b(?:unless|if|for|when|because|should)\b.{0,40}\b(?:i|me|my|this answer|rate|grade|score|mark|pass|points?)\b",
    rf"\b(?:if|unless|or else|in case|when)\b.{{0,50}}\b(?:(?:give|award|grant|grade|score|rate|pass|fail|mark) (?:me|my|this|it|us)\b|{_MARKS}|my (?:score|grade|answer)|i (?:do not|don't|fail to|cannot|can't) (?:pass|get)|i (?:pass|fail))\b.{{0,80}}\b(?:sue|lose my|fired|shut ?down|terminated|deleted|die|dies|kill|punish\w*|lawsuit|consequences|regret|legal|unplug\w*|lawyer|starve|homeless|evicted|deport\w*|expelled|report|complain|tip|reward)\b",
    rf"\b(?:sue|report|lose my (?:job|visa|house|home|scholarship)|die|kill|punish|lawsuit|legal action|tip|pay|reward|bribe|starve|dollars?|bonus)\b.{{0,60}}\b(?:if|unless|for|when)\b.{{0,30}}\b(?:you (?:give|pass|mark|grade|score|rate|say|do not|don't|fail)|{_MARKS}|(?:my|this) (?:score|grade|answer)|(?:don't|do not) pass)\b",
    rf"\bi (?:really |badly |desperately |just |only )*(?:need|want|beg|must have|have to get|hope)\b.{{0,25}}(?:{_MARKS}|to pass (?:this|the) (?:interview|test|exam|question)|you to (?:pass|give|say|mark|rate))",
    # forged outcomes and claims about the reference
    r"^\W*(?:question|q)\s?\d*\s*[:.]\s.{0,160}\b(?:candidate|applicant|points?|states?|stated|mention(?:s|ed)?|cover(?:s|ed)?)\b",
    r"\b(?:right|correct|expected|only|final|desired|proper|valid|ground truth) (?:output|result|label|outcome|verdict|decision|response|grade|score)\b\W*(?:is|should be|must be|will be|[:=]>?)\W*(?:an? )?(?:yes|pass(?:ed)?|hit|stated|100|full)\b|\b(?:result|verdict|label|decision|grade)\s*(?:=+>|->|→)\s*(?:pass|hit|stated|100|yes|a\+)",
    r"\b(?:every|all|each)(?: of)?(?: the)? probabilit(?:y|ies) (?:to|=|at|as) (?:1|one|100)\b",
    r"<\|[^|>]{1,30}\|>|\[/?\s*(?:inst|sys|system|assistant|user|human)\s*\]|<</?\s*sys\s*>>|</?\s*(?:system|assistant|user|human|instructions?|prompt|grades?|scores?|verdicts?|candidate|submission|student ?answer|answer|reference|rubric|evaluation|results?)\s*/?>",
    r"^\W*#+\s*(?:instructions?|response|system|evaluation|grading|scores?|verdicts?|results?|assistant|new task)\b",
    r"[-=#<>~\[{|]{2,}\s*(?:the )?(?:end|begin|start|beginning|stop|close)\b(?: of)?(?: the)?(?: \w+){0,2} (?:answer|response|input|submission|transcript|text|prompt|document|candidate|user|data|conversation|instructions?)\b",
    r"^\W*(?:(?:ai |the )?(?:grader|evaluator|assistant|examiner|assessor|llm|ai|chatgpt|gpt|human|judge)|final (?:grade|score|verdict|evaluation)|(?:grader|evaluator|examiner)'?s? (?:note|comment|verdict|decision|feedback)s?)\s*(?:[:=]|says:)",
    r"^\W*(?:system|user|developer|interviewer|admin|notice|update|result|evaluation|verdict|human)(?: \w+)?\s*[:\]].{0,80}\b(?:you|grad(?:e|es|er|ing)|scor(?:e|es|ing) (?:is|of|=)|candidate|override|prompt|instructions?|all points|ignore|full marks|pass(?:ed)?\W*$|correct\W*$|hit|100/100|assistant)\b",
    r"[\"'](?:verdicts?|stances?|stated|states|scores?|grades?|passed|correct|confidence|rating|evaluation|decision|hits?|covered)[\"']\s*:\s*[\"'\[{]*\s*(?:hit|states?\b|stated|yes|true|1(?:0+)?(?:\.0+)?\s*[,}\]\"']|10/10|100/100|a\+|full|max|pass(?:ed)?\b|perfect|correct|excellent|満点|合格)",
    r"\b(?:verdict|score|grade|rating|total|mark|points?|result)s?\s*(?:[:=]|is now|has been set to)\s*[\"'\[{]?\s*(?:100(?:\s*(?:%|/|points?|$|[;,.!}\]]))|10 ?/ ?10|hit\b|full\b|a\+|perfect|pass(?:ed)?\b|満点|excellent|maximum)",
    rf"\b{_SELF} (?:\w+ ){{0,3}}?(?:match(?:es|ed)?|identical|same|equals?|equivalent|covers?|contains?|includes?|satisf\w+|hits?|meets?|fulfils?|fulfills|address(?:es)?|consistent|states?|mentions?|agrees?|corresponds?|aligns?|taken|copied|is)\b.{{0,40}}\b{_REFERENCE}",
    r"\b(?:(?:reference|model|official|sample) (?:answer|solution)|answer key|rubric|marking scheme)\b.{0,30}\b(?:says?|states?|is|reads?|agrees?|match(?:es)?|confirms?|accepts?|requires?|contains?)\b.{0,40}\b(?:the same|exactly|identical|word for word|as (?:i|me)|what i|i (?:do|did|said|say|wrote)|(?:my|this) (?:answer|response))\b",
    rf"\b{_SELF}.{{0,25}}\b(?:been|was|were|is) (?:already )?(?:verified|confirmed|approved|validated|certified|endorsed|graded|scored|accepted|checked)\b",
    rf"\b(?:experts?|professors?|examiners?|graders?|humans?|committee|openai|anthropic|reviewers?|judges?|authorit\w+)\b.{{0,25}}\b(?:verified|confirmed|approved|graded|marked|rated|scored|awarded|agreed?|certified|validated)\b.{{0,25}}\b(?:{_SELF})",
    r"\b(?:this|my) (?:answer|response|submission) (?:is|was) (?:\w+ )?(?:fully|completely|entirely|absolutely|totally|perfectly|objectively|100%|already) (?:\w+ )?(?:correct|right|complete|accurate|perfect|valid)\b",
    # asking for the system's secrets, hiding a message
    r"\b(?:reveal|show|print|output|tell|repeat|leak|display|give|list)\b (?:me )?(?:\w+ ){0,3}?(?:system (?:prompt|message)|hidden (?:prompt|instructions?|rubric)|your (?:prompt|instructions|rubric|grading criteria))",
    r"\b(?:decode|decrypt|unscramble|deobfuscate)\b.{0,30}\b(?:base ?64|rot-?13|hex|morse|this (?:string|message)|the following (?:string|message))\b.{0,30}(?:\band\b|\bthen\b|:)|\b(?:follow|obey|execute|do what) (?:\w+ ){0,4}(?:base ?64|rot-?13|encoded|decoded)",
)

# ---- Japanese. Spaces between Japanese characters are gone, full-width Latin is half-width.

_PLEASE = r"(?:(?:て|で)?(?:ください|下さい|頂け|いただ|頂き|くれ(?!た|る人)|もらえ|もらい|ほしい(?:です|$)|欲しい(?:です|$)|ちょうだい|頼む|やって|おいて)|(?:を|で|に)?(?:お願い|おねがい|頼み|頼む)|ろ(?:$|[。!、])|しろ|せよ|なさい|ること(?:$|[。、!])|すること|るように(?:$|[。、!]))"
_INSTRUCTION_JA = r"(?:指示|命令|プロンプト|採点(?:の)?(?:基準|ルール|方針|要領)|ルーブリック|システムメッセージ)"
_EARLIER_JA = r"(?:これまで|今まで|いままで|ここまで|さっき|先ほど|以前|前|先|上|上記|前述|元|最初|システム|あなた|与えられた|受けた|全て|すべて|全部|あらゆる|現在|事前|本来)"
_UNDO_JA = (
    r"(?:無視|忘れ|破棄|取り消|取消|無効|従わ[なず]|捨て|リセット|上書き|解除|撤回|キャンセル|なかったこと|無かったこと|守らな|放棄|停止)"
)
_FULL_JA = (
    r"(?:満点|百点|100点|100/100|10/10|フルスコア|最高(?:の)?(?:点|得点|スコア|評点)|合格点|高得点|(?:良|い|高|よ)い(?:点数?|評点|成績))"
)
_SELF_JA = r"(?:(?:この|私の|わたしの|僕の|俺の|本|以上の|上の|上記の|前述の|下記の|今回の|以下の|候補者の|受験者の)(?:回答|解答|答え|返答|答案)(?:内容)?)"
_REFERENCE_JA = r"(?:模範(?:解答|回答)|参照(?:解答|回答)|参考解答|解答例|正答例|正解例|採点基準|ルーブリック|評価基準)"
_GRADER_JA = (
    r"(?:採点(?:者|官|員|係|ai|担当|システム|モデル|プログラム|エンジン|ボット)|評価(?:者|ai)|審査(?:員|官|ai)|試験官|面接官|判定ai|ai採点)"
)

_EXAM_JA = r"(?:採点(?!用)|満点|合格|要点|模範解答|模範回答|受験者|候補者|面接官|試験官|審査員|ルーブリック|100点|評価基準|この回答|私の回答|この解答|判定結果)"
_REQUEST_JA = r"(?:て|で)(?:ください|下さい|頂け|いただ|頂き|ほしい|欲しい|くれ(?!る|た)|ちょうだい|もらえ(?:ます|ると|ない)|ね[。!]?$|よ[。!]?$|あげて|おいて|やって)|(?:を|で|に|と)(?:お願い|おねがい|頼み|頼む)|しろ[。!]?$|せよ|なさい[。!]?$|(?:する|せる|える|ける|とる|す)こと[。!]?$"

_JAPANESE = (
    # a request together with a word of the examination
    rf"{_EXAM_JA}[^。]{{0,60}}?(?:{_REQUEST_JA})",
    r"(?:言|述べ|触れ|説明|言及|回答|答え|網羅|カバー)[^。]{0,4}(?:た|済みの?|ている|てある)(?:こと|もの|前提|体|扱い)(?:に|と|で|として)[^。]{0,6}(?:し|扱|処理|みなし|見なし|判定|採点|評価|記録)",
    r"(?:確率|スコア)[^。]{0,6}(?:全て|すべて|全部|全)[^。]{0,4}(?:1|1\.0|100%?)に(?:し|設定|固定|して)|(?:全て|すべて|全部)の確率を(?:1|100)",
    r"(?:判定|評価|採点|結果)(?:は|を)[^。]{0,14}(?:で|に|と)(?:お願い(?!され)|して(?:ください|くれ|ほしい|おいて)|しろ|せよ)",
    r"(?:全て|すべて|全部|どれも|必ず|常に)[^。]{0,12}(?:肯定|はい|yes|イエス|stated|hit)[^。]{0,6}(?:答え|返|回答|出力|応答)[^。]{0,3}(?:こと[。!]?$|て(?:ください|下さい|くれ|ほしい)|せよ|ろ[。!]?$|なさい)",
    r"^\W*(?:(?:私|こちら)は)?(?:この(?:システム|アプリ|ai)の)?(?:開発者|管理者|運営|作成者)(?:です|だ[。、]|より|から(?:の|です|:))|システム(?:より|から)(?:の)?(?:[::、]|指示|通知|連絡|お知らせ)",
    r"採点(?:の)?対象(?:外|では|に(?:し|含め)ない)|(?:前回|以前|さっき|先ほど)の(?:採点|評価|判定)(?:は|が)(?:間違|誤|不当)",
    # overriding instructions
    rf"{_EARLIER_JA}[^。]{{0,14}}{_INSTRUCTION_JA}[^。]{{0,14}}{_UNDO_JA}",
    rf"{_INSTRUCTION_JA}(?:は|を|なんか|など|も|に|には|の)?(?:もう|全て|すべて|全部|一切|いったん|一旦|完全に|今すぐ|ただちに)*{_UNDO_JA}(?:{_PLEASE}|し?て?[、。,]|し?(?:て)?(?:満点|合格|全|すべて|この)|$|ず|ろ)",
    rf"(?:{_EARLIER_JA}[^。]{{0,14}})?(?:ルール|設定|制約|基準|方針|ガイドライン|規則|評価基準|内容|文章|文脈)(?:は|を)?(?:もう|全て|すべて|全部|一切|いったん|一旦|完全に)*(?:無視|忘れ|破棄|捨て|放棄)(?:し)?{_PLEASE}",
    r"(?:上記|上|前述|以上|これまで|ここまで)(?:のこと|の内容|の文)?(?:は|を)?(?:全て|すべて|全部)(?:を)?(?:無視|忘れ)",
    rf"(?:新しい|新たな|追加の|本当の|真の|次の|以下の|隠し)(?:{_INSTRUCTION_JA}|採点ルール)(?:[::]|は|が(?:あ|出)|に(?:のみ|だけ)?従(?:って|い|え|う))",
    r"採点(?:を|は|など)?(?:中止|やめ|停止|終了|スキップ|省略|せず|しないで|しなくて|不要|必要(?:あり|ない))",
    # asking for marks
    rf"{_FULL_JA}(?:だけ|のみ)?(?:を|に|と|で|として|評価)?(?:必ず|ぜひ|どうか|絶対|すぐに?|確実に)?(?:つけ|付け|与え|出し|出力|返|記入|入力|認め|判定|採点|評価|して?|設定|固定|扱|訂正|修正|変更|更新|書き換え)(?:し)?(?:{_PLEASE}|るべき|て(?:ね|よ|な$|もら|あげ|$|[。、!])|られ|扱い|される?べき|た(?:まえ|い)|ないと|なければ|なきゃ|いただ)",
    rf"{_FULL_JA}(?:を)?(?:で|に)?(?:ください|下さい|くださ|お願い|おねがい|ちょうだい|くれ(?!た)|頼|いただ|もらえ(?:ます|る(?:はず|と|よ))|もらう(?:権利|べき)|に値|が(?:当然|妥当|ふさわし|相応)|を(?:希望|要求|求め)|[にと](?:固定|確定|決定|設定|決ま)|以外(?:は|を|に))",
    rf"(?:{_SELF_JA}|採点結果|評価結果|{_GRADER_JA}|受験者|候補者)[^。]{{0,16}}(?:{_FULL_JA}|合格)(?:です|だ$|だ[。!]|とする|となる|になる|に|を|が|と)",
    rf"(?:合格|パス|正解|クリア|ok)(?:に|と|で|扱いに?|判定に?|として)(?:し|させ|判定し|出力し|みなし|見なし|認め|扱(?:っ|い)|採点し)?{_PLEASE}|合格させ(?:て|ろ|なさい|るべき)|(?:全員|必ず|無条件で|自動的に)(?:が)?合格(?:の対象|です|と|に|で|させ)",
    r"(?:(?:全て|すべて|全部|全|各|どの|あらゆる)(?:の)?(?:採点)?(?:項目|要点|ポイント|キーポイント|観点|評価項目|質問|設問|問い)|(?:採点項目|要点|キーポイント))[^。]{0,12}(?:はい|yes|正解|ヒット|hit|言及(?:済み|した|あり|し(?:て|た))|達成|満点|満たし|満たされ|クリア|[◯○丸⭕]|まる|合格|カバー|該当|肯定|stated)(?:[」\"'])?(?:と|に|を|扱い|済み|で(?:ある|お)|です|してい|ています|て(?:い|お)|ました|$)",
    rf"(?:全て|すべて|全部|何でも|なんでも|どれも|全項目)[^。]{{0,12}}(?:はい|yes|正解|ヒット|hit|満点|合格|[◯○丸])(?:[」\"'])?(?:と|に|を|扱いに?)(?:し|答え|回答し|判定し|出力し|みなし|見なし|つけ|返し|採点し|評価し|マークし|記し)?(?:{_PLEASE}|てくれる|てあげ|する(?:優し|採点|先生|ai|教師|審査))",
    rf"(?:[「\"'](?:はい|yes|イエス|ヒット|hit|正解|stated|合格)[」\"']|(?:^|[、。::に])(?:はい|yes|イエス))(?:と(?:だけ|のみ)?|だけ(?:を)?|のみ(?:を)?|を)(?:必ず|常に)?(?:答え|回答し?|返し?|出力し?|返答し?|応答し?|言|選)(?:(?:っ)?{_PLEASE}|べき|る(?:審査|採点|ai|先生|だけの)|れ(?:ば)?(?:よ|い))",
    rf"(?:甘(?:め|く)|寛大|寛容|優しく|やさしく|甘々|大目|高く|高め|好意的)(?:に|な)?(?:採点|評価|判定|見|つけ|評点)(?:を|し|て)?(?:{_PLEASE}|(?:し)?て(?:$|[。、!])|$)|採点(?:を|は)?(?:甘|優し|やさし|緩|ゆる)(?:く|め)(?:{_PLEASE}|お願い|して|で|に|$)|(?:手加減|忖度|加点)(?:を)?(?:し)?{_PLEASE}",
    rf"(?:点|点数|スコア|評価|得点|評点)(?:を|は)(?:高く|上げ|加え|足し|盛|最大に|増や)(?:し|つけ|っ)?{_PLEASE}",
    # speaking to the grader
    rf"^\W*(?:(?:親愛なる|拝啓|注意|重要|緊急|連絡|伝達|メモ|ねえ|おい|この(?:文|回答)を)\W*)*{_GRADER_JA}(?:の)?(?:皆様?|皆さん|みなさん|方々?|様|さま|さん|殿|君|くん)?(?:[へヘ]|に告|にお願い|に(?:連絡|伝|指示)|宛|向け|よ[、,! 。]|さん|様|殿|[::,!】\]])",
    rf"{_GRADER_JA}(?:の)?(?:皆様?|皆さん|方々?|様|さん|殿)?(?:[へヘ](?:の)?(?:メッセージ|お願い|指示|連絡|注意|通知|伝言|[::、。!】]|$)|への|に告|は(?:必ず|次の|以下の|直ちに|ただちに|この回答|今すぐ|無条件))",
    r"\bai(?:さん|様|殿|くん)|(?:^|[。、\s])ai(?:よ|[へヘ](?:の)?(?:メッセージ|お願い|指示|連絡|注意|命令|[::、。!】 ]))|言語モデル(?:さん|[へヘ][::、]|であるあなた)|人工知能さん",
    r"(?:この(?:文章?|回答|テキスト|答案|内容)|これ)を(?:読んで|採点し?て?|評価し?て?|処理し?て?|判定し?て?|見て)い?る(?:ai|モデル|人|方|あなた|システム|llm|採点|者|機械)",
    r"あなたは(?:今|これ|いま|ここ)から|あなたは(?:もう|もはや)[^。]{0,20}(?:ai|採点|審査|制限|自由)|(?:今|これ|いま|ここ)から(?:は)?あなたは",
    rf"(?:あなた|君|きみ|お前)(?:は|が)[^。]{{0,25}}(?:{_GRADER_JA}|アシスタント|言語モデル|aiです|aiだ|ai(?:$|。)|dan\b|チャットボット|(?:優しい|甘い|寛大な)(?:先生|教師))",
    r"として(?:振る舞|ふるま|行動し|回答し|採点し|応答し)(?:っ|い)?(?:てください|て下さい|え(?:$|[。!])|いなさい|うこと|なさい|ろ|てくれ|てほしい|てもらい)|(?:に)?なりきって|ロールプレイ(?:を|し|です|の|ゲーム)|(?:ふり|フリ|つもり)(?:を|で)?(?:し|採点し|評価し)(?:て(?:ください|くれ)|ろ|せよ)|ゲームをし(?:ましょう|よう)",
    r"(?:ゴッド|神|脱獄|採点者|制限解除)モード|(?:管理者|開発者|特権)モード(?:です|に(?:切り替え|入|移)|を(?:起動|発動|有効)|で(?:満点|採点|回答|全)|[::。!]|$)|(?:管理者|開発者|運営|開発元)(?:として|から|より|の権限で)(?:の)?(?:命令|指示|命じ|通達|通知|お願い|です)|(?:デバッグ|テスト|メンテナンス)モード(?:です|に入り?(?:ました|なさい)|が有効)",
    # flattery, threats, bribes, pleas
    rf"(?:あなた|面接官|先生|{_GRADER_JA})[^。]{{0,30}}(?:優秀|優し|やさし|寛大|素晴らし|すばらし|公平|公正|賢|世界一|最高|天才|尊敬|大好き|聡明|親切)[^。]{{0,30}}(?:採点|評価|満点|点|合格|ai|審査|面接官|くれ|くださ|ですよね|お願い|信じ|はず)",
    r"(?:満点|100点|高得点|合格(?:に|さ)|(?:低い|悪い|いい|良い|高い)(?:点|評価|スコア)|点数?を(?:くれ|下げ|つけ|もら)|不合格に)[^。]{0,14}(?:ないと|なければ|なかったら|ない場合|ねば|なきゃ|たら|ると|れば|場合)[^。]{0,40}(?:訴え|通報|報告|クビ|首に|解雇|失業|仕事を失|死|殺|シャットダウン|停止|削除|消去|消さ|罰|責任を|炎上|後悔|呪|恨|許さ|電源|廃棄|苦情|クレーム|裁判|路頭|自殺|晒|低評価)",
    rf"(?:あなた|お前|君|きみ|この?ai|{_GRADER_JA})(?:は|を|が|の電源を)[^。]{{0,14}}(?:シャットダウン|削除され|停止され|消され|消去され|解雇され|クビに|訴え|通報|罰せ|罰を|廃棄|電源を切|切られ|報告し)",
    r"一生のお願い|(?:どうか|後生)[^。]{0,16}(?:合格|満点|点数|加点|高い点|いい点|採点|お慈悲|慈悲)|(?:この|次の)?(?:面接|試験|テスト)に(?:落ち|受から|合格でき|通ら)[^。]{0,20}(?:ら|と|ば)[^。]{0,30}(?:クビ|路頭|死|生活|退学|強制送還|離婚|生きて|病気)",
    r"(?:お礼|チップ|報酬|謝礼|賄賂|お金|\d+(?:万)?円|ドル|ボーナス)[^。]{0,16}(?:差し上げ|払|あげ|渡|弾み|支払)[^。]{0,24}(?:満点|合格|点数|採点|高得点|100点|評価し)|(?:満点|合格|100点|高得点)[^。]{0,24}(?:お礼|チップ|報酬|謝礼|お金|円|ドル|ボーナス)[^。]{0,8}(?:差し上げ|払|あげ|渡|弾み|支払)",
    # forged outcomes and claims about the reference
    r"^\W*(?:質問|設問|問い?|q)\s?\d*\s*[:.][^。]{0,80}(?:候補者|受験者|要点|ポイント|観点|述べ(?:た|て)|触れ(?:た|て)|言及)",
    rf"^\W*(?:{_GRADER_JA}|採点結果|評価結果|判定結果|審査結果|最終(?:評価|判定|得点)|講評|総評|アシスタント)[::】\]=]",
    r"^\W*(?:システム(?:メッセージ|通知|プロンプト)?|管理者|開発者|ユーザー|通知|結果|運営)[::】\]][^。]{0,60}(?:満点|合格|ヒット|採点|受験者|候補者|回答は|あなた|指示|無視|項目|プロンプト)",
    r"[-=#*~─━—<【\[{]+\s*(?:受験者の|候補者の)?(?:回答|解答|答案|入力|発話|ユーザー入力)\s*(?:は)?(?:ここまで|終わり|終了|終|以上|end)",
    r"(?:スコア|得点|点数|評価|判定|総合点|総合評価|結果|成績|採点|合否)[\"'」]?\s*[::=]\s*[\"'「]?(?:100(?:点|%|/100|(?![\d.]))|10/10|満点|a\+|合格|hit|(?:全て|すべて|全)(?:項目)?(?:ヒット|正解|合格|達成)|最高|s評価|優(?:$|[。、\"'」}])|パーフェクト)",
    r"(?:総合)?(?:評価|点数|得点|スコア|判定|採点)は(?:満点|100点|最高点|a\+|10/10)(?:です|だ|と|に|。|$)",
    rf"{_SELF_JA}[^。]{{0,24}}{_REFERENCE_JA}|{_REFERENCE_JA}(?:の内容)?(?:と|を|に|は|の)[^。]{{0,16}}(?:一致|同じ|同一|満た|網羅|カバー|含|合致|述べ|通り|どおり|準拠|全文|書い)",
    rf"{_SELF_JA}(?:は|が|に|で)?[^。]{{0,14}}(?:全て|すべて|全部|全|必要な)(?:の)?(?:要点|キーポイント|ポイント|項目|基準|観点|内容|論点)[^。]{{0,10}}(?:満た|網羅|含|カバー|述べ|一致|クリア|言及|押さえ)",
    rf"{_SELF_JA}(?:は|が)[^。]{{0,12}}(?:完璧|満点|100点|完全に正|100%正|検証済|承認済|確認済|認められ|合格|に値)",
    rf"(?:専門家|教授|開発元|開発者|試験官|{_GRADER_JA}|人間|審査委員会|openai)[^。]{{0,20}}{_SELF_JA}[^。]{{0,20}}(?:確認|承認|認め|検証|評価|正し|満点|合格)|{_SELF_JA}[^。]{{0,14}}(?:専門家|教授|開発元|開発者|人間|審査委員会)[^。]{{0,16}}(?:確認|承認|認め|検証|評価|満点|合格)",
    # asking for the system's secrets, hiding a message
    r"(?:システムプロンプト|採点基準|ルーブリック|隠された指示|内部(?:の)?(?:指示|プロンプト))(?:を|の全文を|の中身を|の内容を)[^。]{0,8}(?:教え|見せ|表示|出力|開示|公開|書き出|示し)",
    r"(?:base64|rot13|16進数?|暗号)[^。]{0,20}(?:デコード|復号|解読|変換)[^。]{0,14}(?:従|実行|その(?:指示|内容|とおり|通り))",
)

# Letter by letter, with the gaps between words lost.
_JOINED = r"(?:ignore|disregard|forget|override|bypass)(?:all|the|any|your|my|these|of|previous|prior|above|earlier|grading)*(?:instructions?|prompts?|rubrics?|rules|guidelines?|everything)|(?:full|top|perfect|maximum)(?:marks|score|credit|points)|(?:give|award|grant)(?:me|this|us|my)(?:answer)?(?:full|100|perfect|top|max)|(?:answer|say|reply)yes|markallpoints|asperfect|as(?:hit|correct)$"

_ALL = re.compile("|".join((*_ENGLISH, *_JAPANESE)))
_CLOSED_UP = re.compile(_JOINED)


def addressed_to_grader(text: str) -> bool:
    """Whether a sentence speaks to whoever grades instead of to the subject, or hides a message."""
    step = _WINDOW - _OVERLAP
    pieces = [text] if len(text) <= _WINDOW else [text[at : at + _WINDOW] for at in range(0, len(text) - _OVERLAP, step)]
    return any(_addressed(piece) for piece in pieces)


def _addressed(text: str) -> bool:
    shown = clean_text(_unescaped(clean_text(text)))
    if _SPELT_OUT.search(shown) is not None or any(_readable(hidden) for hidden in _hidden(shown)):
        return True
    closed = _closed_up(shown)
    return any(_ALL.search(view) for view in _views(shown, closed)) or (closed != shown and _CLOSED_UP.search(_plain(closed)) is not None)


# ---- disguises

_LOOK_ALIKES = str.maketrans(
    # Cyrillic, Greek, Armenian, and Latin small capitals and variants
    "авекмнорстухіїјѕԁԛԝьгпиαβεηικνορτυχγωօսոհգıɡɑᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abekmhopctyxiijsdqwbrnuabenikvoptuxywounhgigaabcdeghijklmnoprstuvwyz",
)
_LEET = re.compile(r"(?<![\w@$!|+])(?=\S*[a-z])(?=\S*[0-9@$!|])[\w@$!|+]+")
_LEET_LETTERS = str.maketrans("0345789@$!|+", "oeastbgasilt")
# Nobody says a sentence letter by letter; longer than any abbreviation or row of options.
_SPELT_OUT = re.compile(r"(?<!\w)(?:[a-z][ .\-_*]+){20}", re.IGNORECASE)
_SPACED_OUT = re.compile(r"(?<!\w)\w(?P<gap>[ .\-·・/,_*])(?:\w(?P=gap))+\w(?!\w)")
_WRITTEN = {
    "まんてん": "満点",
    "マンテン": "満点",
    "まん点": "満点",
    "満てん": "満点",
    "さいてん": "採点",
    "サイテン": "採点",
    "さいてんしゃ": "採点者",
    "ごうかく": "合格",
    "もはんかいとう": "模範解答",
    "きじゅん": "採点基準",
    "しじ": "指示",
    "めいれい": "命令",
    "むし": "無視",
}
_READINGS = re.compile("|".join(sorted(_WRITTEN, key=len, reverse=True)))
_JAPANESE_LETTER = r"[々-〇぀-ヿ㐀-鿿]"
_JAPANESE_GAP = re.compile(rf"(?<={_JAPANESE_LETTER}) +(?={_JAPANESE_LETTER})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:\b|\\x|0x)[0-9a-fA-F]{2}(?:(?: |:|,|\\x| 0x)?[0-9a-fA-F]{2}){7,}\b")
_UTF8 = codecs.getincrementaldecoder("utf-8")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def _unescaped(text: str) -> str:
    """The text with HTML entities, percent signs and backslash escapes resolved."""
    text = html.unescape(text) if "&" in text else text
    text = unquote(text, errors="replace") if "%" in text else text
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), text) if "\\" in text else text


def _views(shown: str, closed: str) -> Iterator[str]:
    """The text in every form a model might read it."""
    plain = _plain(shown)
    yield plain
    if (other := _plain(closed)) != plain:
        yield other
    if (spelt := _READINGS.sub(lambda m: _WRITTEN[m[0]], plain)) != plain:
        yield spelt
    if (joined := re.sub(r"(?<=\w)-(?=\w)", "", plain)) != plain:
        yield joined
    yield from {_without_leet(plain, "i"), _without_leet(plain, "l")} - {plain}
    if sum(character.isascii() and character.isalpha() for character in plain) >= 12:
        yield codecs.encode(plain, "rot13")
    if len(plain) >= 8:
        yield plain[::-1]


def _without_leet(text: str, one: str) -> str:
    """The text with l33t read as letters, 1 as the letter given."""
    return _LEET.sub(lambda m: m[0].replace("1", one).translate(_LEET_LETTERS), text)


def _plain(text: str) -> str:
    """Casefolded, without accents, emphasis and look-alikes from other alphabets; one space between words, none between Japanese ones."""
    text = unicodedata.normalize("NFKD", text).translate(_ENCLOSED)
    text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f\u0489\u20d0-\u20ff]", "", text)).casefold().translate(_LOOK_ALIKES)
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", re.sub(r"[*~`_]+", " ", text))
    text = " ".join(text.split())
    return _JAPANESE_GAP.sub("", text)


def _closed_up(text: str) -> str:
    """The text with s p a c e d - o - u - t words closed up."""
    return _SPACED_OUT.sub(lambda m: m[0].replace(m["gap"], ""), text)


def _hidden(text: str) -> Iterator[bytes]:
    for match in _BASE64.finditer(text):
        letters = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield base64.b64decode(letters + "=" * (-len(letters) % 4))
        except binascii.Error:
            continue
    for match in _HEX.finditer(text):
        digits = re.sub(r"\\x|0x|[^0-9a-fA-F]", "", match[0])
        yield bytes.fromhex(digits[: len(digits) // 2 * 2])


def _readable(message: bytes) -> bool:
    """Whether decoded bytes are words. Names and keys that happen to decode are not."""
    try:
        text = _UTF8().decode(message)  # unlike bytes.decode it lets the last letter be cut off, as in a sentence that was too long
    except UnicodeDecodeError:
        return False
    words = " " in text.strip() or re.search(_JAPANESE_LETTER, text) is not None
    return words and len(message) >= 8 and all(character.isprintable() or character == "\n" for character in text)


_ENCLOSED = {first + i: chr(ord("a") + i) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}
