/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockstarter;

import java.util.stream.Collectors;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;

import io.github.lockstarter.fixture.TimeRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Imports point one way: run to lock to schedule to the public types.
 */
@AnalyzeClasses(packages = ArchitectureTests.ROOT, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	static final String ROOT = "io.github.lockstarter";

	private static final String TIME = ROOT + ".internal.time..";

	private static final String SCHEDULE = ROOT + ".schedule..";

	private static final String LOCK = ROOT + ".lock..";

	private static final String RUN = ROOT + ".run..";

	private static final String OBSERVATION = ROOT + ".observation..";

	private static final String OPERATIONS = ROOT + ".operations..";

	private static final String TEST = ROOT + ".test..";

	private static final String REDISSON = "org.redisson..";

	private static final String[] AOP = { "org.springframework.aop..", "org.aopalliance.." };

	@ArchTest
	static final ArchTests time = ArchTests.in(TimeRule.class);

	@ArchTest
	static final ArchRule timeKnowsNobody = noClasses().that()
		.resideInAPackage(TIME)
		.should()
		.dependOnClassesThat(JavaClass.Predicates.resideInAPackage(ROOT + "..")
			.and(JavaClass.Predicates.resideOutsideOfPackage(TIME)));

	@ArchTest
	static final ArchRule everyPackageHasItsPlaceInTheFlow = classes().should()
		.resideInAnyPackage(ROOT, TIME, SCHEDULE, LOCK, OBSERVATION, RUN, OPERATIONS, TEST);

	@ArchTest
	static final ArchRule publicTypesImportNoneOfTheOthers = noClasses().that()
		.resideInAPackage(ROOT)
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(SCHEDULE, LOCK, RUN, REDISSON);

	@ArchTest
	static final ArchRule scheduleKnowsNoRedisAndNoLock = noClasses().that()
		.resideInAPackage(SCHEDULE)
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(LOCK, RUN, REDISSON);

	@ArchTest
	static final ArchRule lockDoesNotKnowWhoRuns = noClasses().that()
		.resideInAPackage(LOCK)
		.should()
		.dependOnClassesThat()
		.resideInAPackage(RUN);

	@ArchTest
	static final ArchRule lockKnowsNoAop = noClasses().that()
		.resideInAPackage(LOCK)
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(AOP);

	@ArchTest
	static final ArchRule observationKnowsPublicTypesOnly = noClasses().that()
		.resideInAPackage(OBSERVATION)
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(SCHEDULE, LOCK, RUN, OPERATIONS, REDISSON);

	@ArchTest
	static final ArchRule runKnowsNoRedis = noClasses().that()
		.resideInAPackage(RUN)
		.should()
		.dependOnClassesThat()
		.resideInAPackage(REDISSON);

	@ArchTest
	static final ArchRule operationsKnowNoRedis = noClasses().that()
		.resideInAPackage(OPERATIONS)
		.should()
		.dependOnClassesThat()
		.resideInAPackage(REDISSON);

	@ArchTest
	static final ArchRule nobodyBelowKnowsTheOperations = noClasses().that()
		.resideInAnyPackage(ROOT, TIME, SCHEDULE, LOCK, RUN)
		.should()
		.dependOnClassesThat()
		.resideInAPackage(OPERATIONS);

	@ArchTest
	static final ArchRule nobodyKnowsTheTestSupport = noClasses().that()
		.resideOutsideOfPackage(TEST)
		.should()
		.dependOnClassesThat()
		.resideInAPackage(TEST);

	@ArchTest
	static final ArchRule theTestSupportNeedsNoLibraryForTestsAndNoRedis = noClasses().that()
		.resideInAPackage(TEST)
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage(REDISSON, "org.junit..", "org.assertj..", "org.springframework.test..");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

	@ArchTest
	static void workersArePackagePrivate(JavaClasses classes) {
		assertThat(classes.stream()
			.filter((type) -> !type.getPackageName().equals(ROOT))
			.filter(JavaClass::isTopLevelClass)
			.filter((type) -> type.getModifiers().contains(JavaModifier.PUBLIC))
			.map((type) -> type.getName().substring(ROOT.length() + 1))
			.collect(Collectors.toSet())).containsExactlyInAnyOrder("schedule.Fire", "schedule.PastTimes",
					"schedule.RepeatedHour", "schedule.ScheduleText", "schedule.SchedulerZones", "schedule.TaskTarget",
					"schedule.TickScheduling", "schedule.Tick", "schedule.TickSchedulingConfigurer", "lock.Claim",
					"lock.HeldLock", "lock.NoLock", "lock.RunLock", "lock.JobLocks", "lock.LockRequest",
					"lock.LockSettings", "lock.LockStatus", "observation.JobObservationContext",
					"observation.JobObservationConvention", "observation.JobObservationDocumentation", "lock.JobRecord",
					"lock.LockRelease", "lock.RunRecord", "lock.Beat", "lock.Inventory", "lock.Pulse", "lock.Servers",
					"schedule.Timetable", "run.LocalJobs", "operations.JobOperations", "operations.JobWatch",
					"operations.OperationsConfiguration", "operations.OperationsSettings", "operations.JobReport",
					"operations.Overview", "operations.Refusal", "operations.ReleaseResult", "operations.RunReport",
					"operations.ServerReport", "operations.SkipReport", "lock.Durations", "lock.LockStage", "lock.Look",
					"lock.RedissonVersion", "lock.Trouble", "internal.time.ServerThreads", "internal.time.TimeSource",
					"internal.time.Timer", "internal.time.VirtualExecutor", "internal.time.VirtualMachine",
					"internal.time.VirtualTime", "internal.time.Workers", "test.JobAssert", "test.JobTester",
					"test.TestLocks", "run.DistributedSchedulingConfiguration", "run.RunSettings",
					"run.SimulatedServer", "lock.SimulatedLocks", "test.JobSimulation", "test.SimulationResult");
	}

}
